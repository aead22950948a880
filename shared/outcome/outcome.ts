/**
 * Why an event is refused for good. The names are part of the receiver API: SDKs, the quarantine's `reason` column and
 * dashboards use them.
 */
export const rejectReasons = {
  envelope: 'an attribute of the CloudEvents envelope is missing or malformed',
  'unknown-type': 'no schema of this type is active',
  sdk: 'the schema does not list the SDK of the write key',
  schema: 'the data does not fit the schema',
  time: 'the time is too far ahead, or older than the table keeps',
  size: 'the event is larger than maxEventBytes',
  nesting: 'objects and arrays are nested deeper than maxNesting',
  number: 'a number would change: an integer beyond 2^53, or one beyond the range of a 64-bit float',
  text: 'a string holds half a surrogate pair, which is no Unicode text',
  key: 'an object has the key __proto__, which JavaScript readers mistake for something else',
  revision: 'the schema revision that it was accepted with could not be read for a long time',
  mapping: 'a value that the schema accepts does not fit its column',
} as const;
export type RejectReason = keyof typeof rejectReasons;

/** Why an event cannot be decided now; whoever holds it sends it again. */
export type RetryReason = 'registry-unavailable' | 'claim-contention' | 'schema-revision-missing';

/** Where in the event, as a JSON Pointer with undeclared segments masked as `*`, and which rule. Never a value. */
export interface FieldError {
  readonly path: string;
  readonly keyword: string;
}

export interface Rejected {
  readonly kind: 'rejected';
  readonly reason: RejectReason;
  readonly errors: readonly FieldError[];
}

export interface Retry {
  readonly kind: 'retry';
  readonly reason: RetryReason;
}

export function rejected(reason: RejectReason, path = '', keyword: string = reason): Rejected {
  return { kind: 'rejected', reason, errors: [{ path, keyword }] };
}

/**
 * Why an event is rejected for good. The names are part of the receiver API: SDKs, the quarantine's `reason` column and
 * dashboards use them.
 */
export const rejectReasons = {
  envelope: 'an attribute of the CloudEvents envelope is missing or malformed',
  'unknown-type': 'no schema of this type is active',
  'retired-type': 'the type is retired: no event of it is accepted any more',
  sdk: 'the schema does not list the SDK of the write key',
  schema: 'the data does not fit the schema',
  time: 'the time is too far ahead, or older than the table keeps',
  size: 'the event is larger than maxEventBytes',
  nesting: 'objects and arrays are nested deeper than maxNesting',
  number: 'a number would change: an integer beyond 2^53, or one beyond the range of a 64-bit float',
  text: 'a string holds half a surrogate pair, which is no Unicode text',
  key: 'an object has the key __proto__, which JavaScript readers mistake for something else',
  revision: 'the registry has no longer the schema revision that it was accepted with, nor a newer one',
  mapping: 'a value that the schema accepts does not fit its column, or a bug threw while its row was made',
  'subject-key': 'the stored key of one of its data subjects cannot be opened',
  'subject-proof': 'a revision that came later names a person of a verified realm whom its request did not prove',
  unreadable: 'a message that no stage could read for a day; the whole message is kept',
} as const;
export type RejectReason = keyof typeof rejectReasons;

/** Why a record of a legacy file does not become an event. Names of the quarantine's `reason`, as those above. */
export const legacyReasons = {
  'legacy-columns': 'the record has another number of columns than any version of its mapping',
  'legacy-value': 'the text of a column is none of the type that the mapping says',
  'legacy-time': 'the text of a column is no time of the format that the mapping says, or none that its zone had',
  'legacy-missing': 'id, source or time come from a column that is null',
  'legacy-no-type': 'no event of the mapping fits the record',
  'legacy-utf8': 'the record is not UTF-8',
  'legacy-nul': 'the record holds a NUL byte',
  'legacy-too-long': 'the record is longer than an event may be; only its place, length and hash are kept',
} as const;
export type LegacyReason = keyof typeof legacyReasons;
/**
 * Why an event is refused for good and kept nowhere, not even in quarantine: that would keep what nobody may say. Part of
 * the receiver API, too.
 */
export const foreignReasons = {
  subject: 'it names a person of a verified realm other than the one that its request proved to speak for',
} as const;
export type ForeignReason = keyof typeof foreignReasons;

/** Why an event cannot be decided now; whoever holds it sends it again. Part of the receiver API, too. */
export const retryReasons = {
  'registry-unavailable': 'the registry, which alone knows whether the type exists, did not answer',
  'too-many-sources': 'the request, or its client in this minute, names more sources than the SDK may',
  'too-many-subjects': 'the request, or its client in this minute, names more data subjects than the SDK may',
  subject: 'it names a person of a verified realm, and no subject token of its request proves that now',
} as const;
export type RetryReason = keyof typeof retryReasons;

/** Why a whole message is to be delivered again. The names are in logs, and split the count `stage-retries`. */
export const redeliveryReasons = {
  ...retryReasons,
  'claim-contention': 'others kept winning the race for a claim document',
  'schema-revision-missing': 'an event was accepted with a newer revision than this instance can read',
  'unfit-events': 'no event of it can become a row; the second line sets such events aside',
  'no binding of the SDK': 'the registry knows no SDK of this name',
  'schema-waits': 'the table or the SDK binding of an uploaded schema is not there yet',
  'legacy-mapping': 'the mapping of a legacy file is not there, or cannot be used',
  'legacy-type-waits': 'the registry does not know a type or binding of a mapping, or does not answer',
  'legacy-bad-records': 'too many records of a legacy file are bad; it waits for another mapping',
  'unexpected-error': 'a bug; the log has the error',
} as const;

/** What can be wrong with a sealed batch; the reason of its redelivery is `unreadable: ` and the problem. */
const batchProblems = {
  'attributes seal, sdk, encoding "zstd" and format "2" are needed':
    'dedup and pseudonymize find no batch without them',
  'attribute seal is not a UUIDv7': 'the time in the seal is what a claim counts by',
  'no EDI2 header': 'the message is not a sealed batch',
  'the index is longer than the message': 'the message was cut off',
  'the index cannot be read': 'it is not zstd, larger than a batch may be, or no index of format 2',
  'the payload cannot be decompressed': 'it is not zstd, or larger than a batch may be',
  'index and payload differ in length': 'the segments of the index are not those of the payload',
  'the types cannot be read':
    'behind the segments of the payload is no JSON array with a name for each type of the index',
  'a segment is not JSON': 'the payload is not what ingest or a replay sealed',
  'index and payload differ': 'a segment holds more or fewer events than the index has entries for it',
  marks: 'the attribute of dedup is missing, or has not one mark for each event',
  namespace: 'the attribute of dedup is missing',
} as const;
export type BatchProblem = keyof typeof batchProblems;

/** Infrastructure that may not answer: the name in `Unavailable`, and the reason of a redelivery because of it. */
const dependencies = {
  publisher: 'Pub/Sub, publishing',
  pubsub: 'Pub/Sub, all else',
  registry: 'database of the registry',
  claims: 'database of the claim index',
  'claim-documents': 'embedded storage of the claim index',
  'subject-keys': 'database of the keys of data subjects',
  'subject-uses': 'database of the months in which data subjects were seen',
  'subject-sources': 'database of the installations that data subjects were seen with',
  'write-keys': 'database of the write keys',
  replays: 'database of the replays',
  erasures: 'database of the records of erasures',
  exports: 'database of the exports of legacy files',
  'embedded storage': 'a file of the embedded storage, when it is opened',
  'object-store': 'buckets',
  'table-reader': 'BigQuery, describing tables',
  warehouse: 'DuckDB',
  'quarantine-table': 'the table of the quarantine',
  'table-statements': 'the warehouse, changing rows',
  'event-rows': 'the tables of events, reading them',
  kms: 'Cloud KMS, which unwraps the master keyset',
  'realm-keys': 'the server of the keys of a verified realm, which nothing waits for',
  'push-auth': 'the keys that the tokens of pushes are signed with',
} as const;
export type Dependency = keyof typeof dependencies;

export type RedeliveryReason = keyof typeof redeliveryReasons | `unreadable: ${BatchProblem}` | Dependency;

/** Why a record of the quarantine stays where it is when it is replayed, beside what validation says of its event. */
export const stayReasons = {
  superseded: 'a newer record holds another attempt at the same event',
  'too-old': 'the seal is older than any message may be, or the event older than its table keeps',
} as const;
export type StayReason = RejectReason | ForeignReason | RetryReason | keyof typeof stayReasons;

/** Why events that were acknowledged are gone. The names are the column `reason` of `operations.losses`. */
export const lossReasons = {
  purged: 'a message was older than any stage handles, by its seal',
  'table-retention': 'the event was older than its table keeps when it could be delivered',
  erased: 'its person or its installation was erased, and the erasure covers it',
  objected: 'its person or its installation objects to what is received of them',
  'quarantine-expired': 'it was in quarantine for as long as that keeps, and nobody replayed it',
  'row-expired': 'its table did not take its row for as long as both lines keep it',
} as const;
export type LossReason = keyof typeof lossReasons;

/** Where in the event, as a JSON Pointer with undeclared segments masked as `*`, and which rule. Never a value. */
export interface FieldError {
  readonly path: string;
  readonly keyword: string;
  /** What was wanted there, in words; of the schema or the rule, never of the event. */
  readonly expected?: string;
}

export interface Rejected {
  readonly kind: 'rejected';
  readonly reason: RejectReason;
  readonly errors: readonly FieldError[];
}

/** Refused for good; whoever keeps refused events must not keep this one. */
export interface Foreign {
  readonly kind: 'foreign';
  readonly reason: ForeignReason;
  readonly errors: readonly FieldError[];
}

export interface Retry {
  readonly kind: 'retry';
  readonly reason: RetryReason;
  /** Where there is more to say than the reason does. */
  readonly errors?: readonly FieldError[];
}

/** A rejection; by default of the event as a whole, under a rule that is called as the reason is. */
export function rejected(reason: RejectReason, path = '', keyword: string = reason, expected?: string): Rejected {
  const error = { path, keyword };
  return { kind: 'rejected', reason, errors: [expected === undefined ? error : { ...error, expected }] };
}

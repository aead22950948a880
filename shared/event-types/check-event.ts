import { type Envelope, readEnvelope } from '../event/envelope.ts';
import { parseEventTypeName } from '../event/event-type-name.ts';
import { mayHoldTinyNumber } from '../event/number-text.ts';
import { scanEvent, type WrittenEvent } from '../event/scan.ts';
import { describeError } from '../observe/describe-error.ts';
import type { LogFields, Observer } from '../observe/observer.ts';
import { type Foreign, type Rejected, type RejectReason, type Retry, rejected } from '../outcome/outcome.ts';
import type { WriteKeyAnswer } from '../ports/write-keys.ts';
import { heartbeatSdk } from '../sdks/heartbeat.ts';
import type { EventType, EventTypes } from './event-types.ts';
import { expectedOfRule } from './expected-rules.ts';

/** What an event may be at most, whatever its type. */
export interface EventLimits {
  /** One event's JSON as the client wrote it. Default 64 KiB. */
  readonly maxEventBytes: number;
  /** Levels of objects and arrays in an event, the event itself included. Default 32. */
  readonly maxNesting: number;
  /** An event's time may be this far ahead of the server's clock. Default 24. */
  readonly maxAheadHours: number;
}

export const defaultEventLimits: EventLimits = { maxEventBytes: 65_536, maxNesting: 32, maxAheadHours: 24 };

export type KnownKey = Exclude<WriteKeyAnswer, { readonly kind: 'unknown' }>;

export interface Checked {
  readonly kind: 'valid';
  readonly envelope: Envelope;
  readonly eventType: EventType;
  readonly sdk: string;
}

/** What the index of a sealed batch says of a valid event in a segment. */
export function checkedEntry({ envelope, eventType }: Checked, segment: number) {
  const { source, id, timeMicros, type } = envelope;
  return { segment, source, id, timeMicros, type, revision: eventType.revision };
}

/** Whether an event may name whom it names; undefined: it may. */
export type SubjectCheck = (envelope: Envelope, eventType: EventType, sdk: string) => Foreign | Retry | undefined;

export interface CheckContext {
  readonly eventTypes: EventTypes;
  readonly limits: EventLimits;
  readonly key: KnownKey;
  readonly receivedAtMillis: number;
  /** The registry has just told what it knows, of another event of the batch: it is not asked for this one. */
  readonly registryAsked?: boolean;
  /** Absent where no realm is verified. */
  readonly subjects?: SubjectCheck | undefined;
  /** Told of bugs: what throws while an event is checked refuses that event, and no other. */
  readonly observer: Observer;
}

/** `foreign` and `retry`: kept nowhere. */
export type CheckOutcome = Checked | Rejected | Foreign | Retry;

/**
 * Decides one event of at most `maxEventBytes`, cheapest rule first; ingest asks it, and the replay of the quarantine
 * with the time of receipt as it was. The registry is asked at most once for a type that is not known, and
 * `retry` means that it did not answer. A bug that throws is logged, counted and answered as `schema`: an event that
 * nobody can check would otherwise fail whatever it is sent with, for ever.
 *
 * Answers at once but where the registry has to be asked: a promise for each of a thousand events would cost as much as
 * half of their checks.
 */
export function checkEvent(event: WrittenEvent, context: CheckContext): CheckOutcome | Promise<CheckOutcome> {
  const read = readSafely(event, context);
  if (read.kind === 'rejected') return read;
  const { envelope } = read;
  const known = context.eventTypes.get(envelope.type);
  if (known !== undefined) return checkKnown(envelope, known, context);
  if (parseEventTypeName(envelope.type) === undefined) return refusal('unknown-type', '/type pattern', context);
  return context.registryAsked === true
    ? checkKnown(envelope, undefined, context)
    : checkAfterRefresh(envelope, context);
}

async function checkAfterRefresh(envelope: Envelope, context: CheckContext): Promise<CheckOutcome> {
  const registry = await context.eventTypes.refreshNow();
  const eventType = context.eventTypes.get(envelope.type);
  if (eventType === undefined && registry === 'unavailable') return { kind: 'retry', reason: 'registry-unavailable' };
  return checkKnown(envelope, eventType, context);
}

function checkKnown(envelope: Envelope, eventType: EventType | undefined, context: CheckContext): CheckOutcome {
  if (eventType === undefined) return refusal('unknown-type', '/type enum', context);
  if (eventType.edi.stage === 'retired') return refusal('retired-type', '/type deprecated', context);
  try {
    return checkAgainstType(envelope, eventType, context);
  } catch (error) {
    const { edi, revision } = eventType;
    return refuseUnchecked(context, { type: edi.type, revision }, error);
  }
}

/** The envelope of an event that JSON allows and every stage can carry. */
function readSafely(event: WrittenEvent, context: CheckContext): ReturnType<typeof readEnvelope> {
  const { maxNesting } = context.limits;
  try {
    return scanEvent(event, maxNesting) ?? readScanned(event, maxNesting);
  } catch (error) {
    return refuseUnchecked(context, {}, error);
  }
}

/** The envelope; data that came as bytes has not been walked with the event. */
function readScanned({ value }: WrittenEvent, maxNesting: number): ReturnType<typeof readEnvelope> {
  const read = readEnvelope(value);
  if (read.kind === 'rejected' || read.envelope.dataText === undefined) return read;
  const { data, dataText } = read.envelope;
  const written = { value: data, text: () => dataText, mayHoldTinyNumber: () => mayHoldTinyNumber(dataText) };
  return scanEvent(written, maxNesting, 1) ?? read;
}

function refuseUnchecked({ observer }: CheckContext, subject: LogFields, error: unknown): Rejected {
  observer.log('ERROR', 'a bug: an event could not be checked', { ...subject, ...describeError(error) });
  observer.count('event-bugs');
  return rejected('schema', '', 'unchecked');
}

function checkAgainstType(envelope: Envelope, eventType: EventType, context: CheckContext): CheckOutcome {
  const isHeartbeat = context.key.kind === 'sdk' && context.key.sdk === heartbeatSdk;
  const sdk = isHeartbeat ? heartbeatSdk : allowedSdk(context.key, eventType);
  if (sdk === undefined) return refusal('sdk', '/type sdks', context, eventType);
  const aheadMicros = envelope.timeMicros - context.receivedAtMillis * 1_000;
  if (aheadMicros > context.limits.maxAheadHours * 3_600_000_000) {
    return refusal('time', '/time maximum', context, eventType);
  }
  if (-aheadMicros > eventType.edi.retentionDays * 86_400_000_000) {
    return refusal('time', '/time minimum', context, eventType);
  }
  const unproven = context.subjects?.(envelope, eventType, sdk);
  if (unproven !== undefined) return unproven;
  if (isHeartbeat) {
    // It proves the path of its type, and says nothing that a schema could judge.
    if (Object.keys(envelope.data).length > 0) return rejected('schema', '/data', 'maxProperties', 'an empty object');
    return { kind: 'valid', envelope, eventType, sdk };
  }
  const error = eventType.validate(envelope.data);
  if (error !== undefined) return { kind: 'rejected', reason: 'schema', errors: [error] };
  return { kind: 'valid', envelope, eventType, sdk };
}

/** One for all events, by rule and bound. */
const refusals = new Map<string, Rejected>();

/** The rejection by a rule, which is named by its path and keyword. */
function refusal(
  reason: RejectReason,
  rule: `/${string} ${string}`,
  { limits }: CheckContext,
  eventType?: EventType,
): Rejected {
  const [path = '', keyword = ''] = rule.split(' ');
  const expected = expectedOfRule({ path, keyword }, { limits, edi: eventType?.edi });
  const name = `${reason} ${rule} ${expected}`;
  const known = refusals.get(name) ?? rejected(reason, path, keyword, expected);
  refusals.set(name, known);
  return known;
}

function allowedSdk(key: KnownKey, { edi }: EventType): string | undefined {
  if (key.kind === 'first-allowed-sdk') return edi.sdks[0];
  return edi.sdks.includes(key.sdk) ? key.sdk : undefined;
}

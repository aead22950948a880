import type { BatchIndexEntry } from '../../shared/batch/batch-index.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';
import { type Checked, checkEvent, type KnownKey } from '../../shared/event-types/check-event.ts';
import type { EventTypes } from '../../shared/event-types/event-types.ts';
import type { Observer } from '../../shared/observe/observer.ts';
import { account, type Counters, type Settled } from '../../shared/outcome/account.ts';
import {
  type FieldError,
  type Rejected,
  type RejectReason,
  type Retry,
  type RetryReason,
  rejected,
} from '../../shared/outcome/outcome.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Quarantine, QuarantinedEvent } from '../../shared/ports/quarantine.ts';
import { claimedIdentity, quarantinedEvent, quarantinedTexts } from '../../shared/quarantine/quarantined-event.ts';
import type { IngestConfig } from './config.ts';
import type { CreationBounds } from './creation-bounds.ts';
import type { RequestEvents } from './read-events.ts';
import type { AcceptedPart, Sealer } from './sealer.ts';

/** The answer to a request whose body could be read: every event is in exactly one of the three. */
export interface IngestAnswer {
  readonly accepted: number;
  /** Repeats inside this request; removal of resends happens later. */
  readonly duplicates: number;
  readonly rejected: readonly RejectedEvent[];
}

interface RejectedEvent {
  readonly index: number;
  /** The event's own id, where it has one. */
  readonly id: string | null;
  /** True: resend it later. False: it is in quarantine, drop it. */
  readonly transient: boolean;
  readonly reason: RejectReason | RetryReason;
  readonly errors: readonly FieldError[];
}

export interface IngestStageOptions {
  readonly eventTypes: EventTypes;
  readonly sealer: Sealer;
  readonly quarantine: Quarantine;
  readonly clock: Clock;
  readonly newSeal: () => string;
  readonly creations: CreationBounds;
  readonly observer: Observer;
  readonly config: IngestConfig;
}

export interface IngestRequest {
  readonly events: RequestEvents;
  readonly key: KnownKey;
  /** Whose request it is, as `ClientOf` names it. */
  readonly client: string;
  readonly sentAtMillis?: number;
}

/** What becomes of an event of a request; `duplicate`: it repeats an earlier one of the request. */
type EventOutcome = Checked | 'duplicate' | Rejected | Retry;

/**
 * Ingest itself: decides every event of a request, then waits until what is accepted is sealed and published and what
 * is refused is in quarantine. Rejects with `Unavailable` when either is not known to be stored; the client then
 * resends the whole request, and dedup removes what had been stored.
 */
export function makeIngestStage(options: IngestStageOptions): (request: IngestRequest) => Promise<IngestAnswer> {
  const { clock, observer, sealer, quarantine } = options;
  const counters = countersOf(observer);
  return async (request) => {
    const receivedAtMillis = clock.nowMillis();
    const outcomes = await decide(request, receivedAtMillis, options);
    const accounts = account(request.events.events, outcomes, counters);
    const valid = accounts.of('valid');
    const refused = accounts.of('rejected');
    const parts = acceptedParts(request, valid, { ...options.config, receivedAtMillis });
    const kept = keptRecords(request, refused, { newSeal: options.newSeal, receivedAtMillis });
    await Promise.all([...parts.map((part) => sealer.add(part)), ...(kept.length > 0 ? [quarantine.keep(kept)] : [])]);
    accounts.count();
    const unaccepted = [...refused, ...accounts.of('retry')].sort((one, other) => one.at - other.at);
    return {
      accepted: valid.length,
      duplicates: accounts.of('duplicate').length,
      rejected: unaccepted.map(rejectedEvent),
    };
  };
}

/** Of what is no JSON object, whatever else may be wrong with it: all of a request are one record. */
const notAnObject = rejected('envelope', '', 'type');

async function decide(
  request: IngestRequest,
  receivedAtMillis: number,
  options: IngestStageOptions,
): Promise<EventOutcome[]> {
  const { config, eventTypes, observer } = options;
  const outcomes: EventOutcome[] = [];
  const identities = new Set<string>();
  const context = { eventTypes, limits: config, key: request.key, receivedAtMillis, observer };
  const binding = request.key.kind === 'sdk' ? eventTypes.sdks.get(request.key.sdk) : undefined;
  const mayCreate = options.creations.check(request.client, binding);
  // In a body no larger than one event may be, no event has to be measured.
  const measures = request.events.bodyBytes > config.maxEventBytes;
  const { mayHoldTinyNumber } = request.events;
  const checkObject = (value: JsonObject, index: number) => {
    const tooLarge = measures && Buffer.byteLength(textOf(request, index)) > config.maxEventBytes;
    if (tooLarge) return rejected('size');
    return checkEvent({ value, text: () => textOf(request, index), mayHoldTinyNumber }, context);
  };
  for (const [index, event] of request.events.events.entries()) {
    const outcome = isJsonObject(event) ? await checkObject(event, index) : notAnObject;
    if (outcome.kind !== 'valid') {
      outcomes.push(outcome);
      continue;
    }
    const { source, id, timeMicros, droppedExtensionCount } = outcome.envelope;
    const identity = JSON.stringify([source, id, timeMicros]);
    observer.count('dropped-extensions', droppedExtensionCount);
    if (identities.has(identity)) {
      outcomes.push('duplicate');
      continue;
    }
    const reason = mayCreate?.(outcome.envelope);
    if (reason !== undefined) {
      outcomes.push({ kind: 'retry', reason });
      continue;
    }
    outcomes.push(outcome);
    identities.add(identity);
  }
  return outcomes;
}

function countersOf(observer: Observer): Counters<EventOutcome> {
  return {
    valid: (accepted) => observer.count('accepted', accepted.length),
    duplicate: (duplicates) => observer.count('duplicates-in-request', duplicates.length),
    rejected(refused) {
      for (const { reason } of refused) observer.count('rejected', 1, reason);
    },
    retry(undecided) {
      for (const { reason } of undecided) observer.count('retry-answered', 1, reason);
    },
  };
}

function rejectedEvent({ at, entry, outcome }: Settled<JsonValue, Rejected | Retry>): RejectedEvent {
  const transient = outcome.kind === 'retry';
  const errors = outcome.kind === 'retry' ? [] : outcome.errors;
  return { index: at, id: ownId(entry), transient, reason: outcome.reason, errors };
}

/** The id is echoed so that a client can tell which event it was; one that is no id of ours is not. */
function ownId(event: JsonValue): string | null {
  const id = isJsonObject(event) ? event['id'] : undefined;
  return typeof id === 'string' && id.length <= 256 ? id.toWellFormed() : null;
}

function acceptedParts(
  request: IngestRequest,
  valid: readonly Settled<JsonValue, Checked>[],
  {
    receivedAtMillis,
    ...limits
  }: Pick<IngestConfig, 'maxSealBytes' | 'maxSealEvents'> & { readonly receivedAtMillis: number },
): readonly AcceptedPart[] {
  const { arrayBytes, events } = request.events;
  const sentAt = request.sentAtMillis === undefined ? {} : { sentAtMillis: request.sentAtMillis };
  return [...Map.groupBy(valid, ({ outcome }) => outcome.sdk)].flatMap(([sdk, group]) => {
    const part = (bytes: Uint8Array, some: typeof group): AcceptedPart => {
      const segment = { lengthBytes: bytes.length, receivedAtMillis, ...sentAt };
      return { sdk, segment, bytes, entries: some.map(({ outcome }) => indexEntry(outcome)) };
    };
    // All accepted, one SDK: the client's own bytes go on as they are.
    const own = group.length === events.length ? arrayBytes : undefined;
    if (own !== undefined && group.length <= limits.maxSealEvents && own.length <= limits.maxSealBytes) {
      return [part(own, group)];
    }
    const texts = group.map(({ at }) => textOf(request, at));
    return fillSeals(texts, limits).map(([from, to]) =>
      part(Buffer.from(`[${texts.slice(from, to).join(',')}]`), group.slice(from, to)),
    );
  });
}

/** Which events go into one seal, as ranges: as many as it holds. A single event always fits (`checkIngestConfig`). */
function fillSeals(
  texts: readonly string[],
  { maxSealBytes, maxSealEvents }: Pick<IngestConfig, 'maxSealBytes' | 'maxSealEvents'>,
): readonly (readonly [from: number, to: number])[] {
  const ranges: [number, number][] = [];
  let from = 0;
  let bytes = 2;
  for (const [at, text] of texts.entries()) {
    const eventBytes = Buffer.byteLength(text) + 1;
    if (at > from && (bytes + eventBytes > maxSealBytes || at - from >= maxSealEvents)) {
      ranges.push([from, at]);
      from = at;
      bytes = 2;
    }
    bytes += eventBytes;
  }
  return [...ranges, [from, texts.length]];
}

function textOf({ events }: IngestRequest, at: number): string {
  const text = events.texts()[at];
  if (text === undefined) throw new Error(`the body has no text for event ${at} of ${events.events.length}`);
  return text;
}

function indexEntry({ envelope, eventType }: Checked): Omit<BatchIndexEntry, 'segment'> {
  const { source, id, timeMicros, type } = envelope;
  return { source, id, timeMicros, type, revision: eventType.revision };
}

interface Received {
  readonly newSeal: () => string;
  readonly receivedAtMillis: number;
}

/** A record for each refused event, and one for all that is no JSON object. */
function keptRecords(
  request: IngestRequest,
  refused: readonly Settled<JsonValue, Rejected>[],
  { newSeal, receivedAtMillis }: Received,
): QuarantinedEvent[] {
  const sdk = request.key.kind === 'sdk' ? request.key.sdk : undefined;
  const common = { stage: 'ingest', receivedAtMillis, sentAtMillis: request.sentAtMillis, sdk } as const;
  const noObjects = refused.filter(({ entry }) => !isJsonObject(entry));
  const records = refused.flatMap(({ at, entry, outcome }) => {
    if (!isJsonObject(entry)) return [];
    const [type, text] = [entry['type'], textOf(request, at)];
    const identity = claimedIdentity(entry);
    return [quarantinedEvent({ ...common, seal: newSeal(), at, outcome, type, identity, text })];
  });
  const [first] = noObjects;
  if (first === undefined) return records;
  const { at, outcome } = first;
  const texts = noObjects.map((event) => textOf(request, event.at));
  return [...records, quarantinedTexts({ ...common, seal: newSeal(), at, outcome, texts })];
}

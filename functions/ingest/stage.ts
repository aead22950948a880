import type { BatchIndexEntry } from '../../shared/batch/batch-index.ts';
import { parseEventTypeName } from '../../shared/event/event-type-name.ts';
import { isJsonObject, type JsonValue } from '../../shared/event/json.ts';
import { type Checked, checkEvent, type KnownKey } from '../../shared/event-types/check-event.ts';
import type { EventTypes } from '../../shared/event-types/event-types.ts';
import type { Observer } from '../../shared/observe/observer.ts';
import {
  type FieldError,
  type Rejected,
  type RejectReason,
  type RetryReason,
  rejected,
} from '../../shared/outcome/outcome.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Quarantine, QuarantinedEvent } from '../../shared/ports/quarantine.ts';
import type { IngestConfig } from './config.ts';
import type { RequestEvents } from './read-events.ts';
import type { AcceptedPart, Sealer } from './sealer.ts';

/** The answer to a request whose body could be read: every event is in exactly one of the three. */
export interface IngestAnswer {
  readonly accepted: number;
  /** Repeats inside this request; removal of resends happens later. */
  readonly duplicates: number;
  readonly rejected: readonly RejectedEvent[];
}

export interface RejectedEvent {
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
  readonly observer: Observer;
  readonly config: IngestConfig;
}

export interface IngestRequest {
  readonly events: RequestEvents;
  readonly key: KnownKey;
  readonly sentAtMillis?: number;
}

interface Decided {
  readonly valid: { readonly index: number; readonly checked: Checked }[];
  readonly quarantined: { readonly index: number; readonly outcome: Rejected }[];
  readonly rejected: RejectedEvent[];
  duplicates: number;
}

/**
 * Ingest itself: decides every event of a request, then waits until what is accepted is sealed and published and what
 * is refused is in quarantine. Rejects with `Unavailable` when either is not known to be stored; the client then
 * resends the whole request, and dedup removes what had been stored.
 */
export function makeIngestStage(options: IngestStageOptions): (request: IngestRequest) => Promise<IngestAnswer> {
  const { clock, observer, sealer, quarantine } = options;
  return async (request) => {
    const receivedAtMillis = clock.nowMillis();
    const decided = await decide(request, receivedAtMillis, options);
    const parts = acceptedParts(request, decided.valid, receivedAtMillis);
    const kept = decided.quarantined.map(({ index, outcome }) =>
      quarantineRecord(request, { index, outcome, seal: options.newSeal(), receivedAtMillis }),
    );
    await Promise.all([...parts.map((part) => sealer.add(part)), ...(kept.length > 0 ? [quarantine.keep(kept)] : [])]);
    observer.count('accepted', decided.valid.length);
    observer.count('duplicates-in-request', decided.duplicates);
    return { accepted: decided.valid.length, duplicates: decided.duplicates, rejected: decided.rejected };
  };
}

async function decide(request: IngestRequest, receivedAtMillis: number, options: IngestStageOptions): Promise<Decided> {
  const { config, eventTypes, observer } = options;
  const decided: Decided = { valid: [], quarantined: [], rejected: [], duplicates: 0 };
  const identities = new Set<string>();
  const context = { eventTypes, limits: config, key: request.key, receivedAtMillis, observer };
  // In a body no larger than one event may be, no event has to be measured.
  const texts = request.events.bodyBytes > config.maxEventBytes ? request.events.texts() : [];
  const { mayHoldTinyNumber } = request.events;
  for (const [index, value] of request.events.events.entries()) {
    const tooLarge = Buffer.byteLength(texts[index] ?? '') > config.maxEventBytes;
    const text = () => request.events.texts()[index] ?? '';
    const outcome = tooLarge ? rejected('size') : await checkEvent({ value, text, mayHoldTinyNumber }, context);
    if (outcome.kind === 'valid') {
      const { source, id, timeMicros, droppedExtensionCount } = outcome.envelope;
      const identity = JSON.stringify([source, id, timeMicros]);
      observer.count('dropped-extensions', droppedExtensionCount);
      if (identities.has(identity)) decided.duplicates++;
      else decided.valid.push({ index, checked: outcome });
      identities.add(identity);
      continue;
    }
    const transient = outcome.kind === 'retry';
    const errors = outcome.kind === 'retry' ? [] : outcome.errors;
    if (outcome.kind === 'rejected') decided.quarantined.push({ index, outcome });
    observer.count(transient ? 'retry-answered' : 'rejected', 1, outcome.reason);
    decided.rejected.push({ index, id: ownId(value), transient, reason: outcome.reason, errors });
  }
  return decided;
}

/** The id is echoed so that a client can tell which event it was; one that is no id of ours is not. */
function ownId(event: JsonValue): string | null {
  const id = isJsonObject(event) ? event['id'] : undefined;
  return typeof id === 'string' && id.length <= 256 ? id.toWellFormed() : null;
}

function acceptedParts(
  request: IngestRequest,
  valid: Decided['valid'],
  receivedAtMillis: number,
): readonly AcceptedPart[] {
  const { arrayBytes, events, texts } = request.events;
  const sentAt = request.sentAtMillis === undefined ? {} : { sentAtMillis: request.sentAtMillis };
  return [...Map.groupBy(valid, ({ checked }) => checked.sdk)].map(([sdk, group]) => {
    // All accepted, one SDK: the client's own bytes go on as they are.
    const own = group.length === events.length ? arrayBytes : undefined;
    const bytes = own ?? Buffer.from(`[${group.map(({ index }) => texts()[index]).join(',')}]`);
    const segment = { lengthBytes: bytes.length, receivedAtMillis, ...sentAt };
    return { sdk, segment, bytes, entries: group.map(({ checked }) => indexEntry(checked)) };
  });
}

function indexEntry({ envelope, eventType }: Checked): Omit<BatchIndexEntry, 'segment'> {
  const { source, id, timeMicros, type } = envelope;
  return { source, id, timeMicros, type, revision: eventType.revision };
}

interface Refused {
  readonly index: number;
  readonly outcome: Rejected;
  readonly seal: string;
  readonly receivedAtMillis: number;
}

function quarantineRecord({ events, key }: IngestRequest, refused: Refused): QuarantinedEvent {
  const { index, outcome, seal, receivedAtMillis } = refused;
  const event = events.events[index];
  const type = isJsonObject(event) ? event['type'] : undefined;
  return {
    seal,
    receivedAtMillis,
    ...(key.kind === 'sdk' ? { sdk: key.sdk } : {}),
    ...(typeof type === 'string' && parseEventTypeName(type) !== undefined ? { type } : {}),
    reason: outcome.reason,
    errors: outcome.errors,
    stage: 'ingest',
    payload: Buffer.from(events.texts()[index] ?? ''),
  };
}

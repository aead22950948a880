import type { Envelope } from '../../shared/event/envelope.ts';
import { expectedOfEvent } from '../../shared/event/expected-event.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';
import { mayExceed } from '../../shared/event/least-bytes.ts';
import { readSequence } from '../../shared/event/sequence.ts';
import { type CheckContext, type Checked, checkEvent, type KnownKey } from '../../shared/event-types/check-event.ts';
import type { EventTypes } from '../../shared/event-types/event-types.ts';
import type { Observer } from '../../shared/observe/observer.ts';
import { account, type Counters, type Settled } from '../../shared/outcome/account.ts';
import {
  type FieldError,
  type Foreign,
  type ForeignReason,
  type Rejected,
  type RejectReason,
  type Retry,
  type RetryReason,
  rejected,
} from '../../shared/outcome/outcome.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { ProvenSubject, Quarantine } from '../../shared/ports/quarantine.ts';
import { makeSubjectCheck } from '../../shared/subject-tokens/subject-check.ts';
import type { VerifyToken } from '../../shared/subject-tokens/verify-token.ts';
import type { IngestConfig } from './config.ts';
import type { CreationBounds } from './creation-bounds.ts';
import { fillSeals } from './fill-seals.ts';
import { keptRecords } from './kept-records.ts';
import { type RequestEvents, textOf } from './read-events.ts';
import { noProof, proveRequest, type RequestProof } from './request-proof.ts';
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
  /** True: resend it later. False: it is in quarantine, or not to be kept; drop it. */
  readonly transient: boolean;
  readonly reason: RejectReason | ForeignReason | RetryReason;
  readonly errors: readonly FieldError[];
}

export interface IngestStageOptions {
  readonly eventTypes: EventTypes;
  readonly sealer: Sealer;
  readonly quarantine: Quarantine;
  readonly clock: Clock;
  readonly newSeal: () => string;
  readonly creations: CreationBounds;
  readonly verify: VerifyToken;
  readonly observer: Observer;
  readonly config: IngestConfig;
}

export interface IngestRequest {
  readonly events: RequestEvents;
  readonly key: KnownKey;
  /** Whose request it is, as `ClientOf` names it. */
  readonly client: string;
  readonly sentAtMillis?: number;
  /** `x-edi-subject-token`. */
  readonly subjectToken?: string;
}

/** What becomes of an event of a request; `duplicate`: it repeats an earlier one of the request. */
type EventOutcome = Checked | 'duplicate' | Rejected | Foreign | Retry;

interface Received {
  readonly receivedAtMillis: number;
  readonly proof: RequestProof;
}

/**
 * Ingest itself: decides every event of a request, then waits until what is accepted is sealed and published and what
 * is refused is in quarantine. Rejects with `Unavailable` when either is not known to be stored; the client then
 * resends the whole request, and dedup removes what had been stored.
 */
export function makeIngestStage(options: IngestStageOptions): (request: IngestRequest) => Promise<IngestAnswer> {
  return async (request) => {
    const receivedAtMillis = options.clock.nowMillis();
    const { subjectToken, sentAtMillis } = request;
    const proof =
      subjectToken === undefined
        ? noProof
        : await proveRequest({ subjectToken, receivedAtMillis, sentAtMillis }, options.eventTypes, options);
    const outcomes = await decide(request, { receivedAtMillis, proof }, options);
    return store(request, outcomes, { ...options, receivedAtMillis, proof });
  };
}

/**
 * Hands over what goes on, and keeps nothing of the request but its answer while that is stored: the collector copied the
 * events of all requests that wait, which took a quarter of ingest's time.
 */
function store(
  request: IngestRequest,
  outcomes: readonly EventOutcome[],
  { sealer, quarantine, observer, ...options }: IngestStageOptions & Received,
): Promise<IngestAnswer> {
  const counts: Parameters<Observer['count']>[] = [];
  const accounts = account(
    request.events.events,
    outcomes,
    countersOf((...count) => counts.push(count)),
  );
  accounts.count();
  const valid = accounts.of('valid');
  const refused = accounts.of('rejected');
  const unaccepted = [...refused, ...accounts.of('foreign'), ...accounts.of('retry')].sort(
    (one, other) => one.at - other.at,
  );
  const answer = {
    accepted: valid.length,
    duplicates: accounts.of('duplicate').length,
    rejected: unaccepted.map(rejectedEvent),
  };
  const kept = keptRecords(request, refused, options);
  const stored = acceptedParts(request, valid, { ...options.config, ...options }).map((part) => sealer.add(part));
  if (kept.length > 0) stored.push(quarantine.keep(kept));
  return answerOnceStored({ stored, counts, observer, answer });
}

interface Handed {
  readonly stored: readonly Promise<void>[];
  /** For the end, as what is not stored comes again and is counted then. */
  readonly counts: readonly Parameters<Observer['count']>[];
  readonly observer: Observer;
  readonly answer: IngestAnswer;
}

async function answerOnceStored({ stored, counts, observer, answer }: Handed): Promise<IngestAnswer> {
  await Promise.all(stored);
  for (const count of counts) observer.count(...count);
  return answer;
}

/** Of what is no JSON object, whatever else may be wrong with it: all of a request are one record. */
const notAnObject = rejected('envelope', '', 'type', 'a JSON object');

async function decide(
  request: IngestRequest,
  { receivedAtMillis, proof }: Received,
  options: IngestStageOptions,
): Promise<EventOutcome[]> {
  const { config, eventTypes, observer } = options;
  const outcomes: EventOutcome[] = [];
  const byId = new Map<string, Envelope[]>();
  const subjects = makeSubjectCheck(eventTypes, (person, { timeMicros }) => proof.standingOf(person, timeMicros));
  let context: CheckContext = { eventTypes, limits: config, key: request.key, receivedAtMillis, subjects, observer };
  const binding = request.key.kind === 'sdk' ? eventTypes.sdks.get(request.key.sdk) : undefined;
  const mayCreate = options.creations.check(request.client, binding);
  const { events, bodyBytes, mostEventBytes = bodyBytes, mayHoldTinyNumber, isWellFormed = false } = request.events;
  // To measure an event, the body is cut into the texts of all.
  const measures = mostEventBytes > config.maxEventBytes && mayExceed(events, bodyBytes, config.maxEventBytes);
  let droppedExtensions = 0;
  const checkObject = (value: JsonObject, index: number) => {
    const tooLarge = measures && Buffer.byteLength(textOf(request.events, index)) > config.maxEventBytes;
    if (tooLarge) return rejected('size', '', 'size', expectedOfEvent('size', config));
    return checkEvent({ value, text: () => textOf(request.events, index), mayHoldTinyNumber, isWellFormed }, context);
  };
  for (const [index, event] of events.entries()) {
    const decided = isJsonObject(event) ? checkObject(event, index) : notAnObject;
    const outcome = decided instanceof Promise ? await decided : decided;
    if (decided instanceof Promise && outcome.kind !== 'retry') context = { ...context, registryAsked: true };
    if (outcome.kind !== 'valid') {
      outcomes.push(outcome);
      continue;
    }
    droppedExtensions += outcome.envelope.droppedExtensionCount;
    if (isJsonObject(event) && readSequence(event) === 'unusable') observer.count('unusable-sequences');
    const { envelope } = outcome;
    const sameId = byId.get(envelope.id);
    if (sameId !== undefined && repeats(envelope, sameId)) {
      outcomes.push('duplicate');
      continue;
    }
    const reason = mayCreate?.(envelope);
    if (reason !== undefined) {
      outcomes.push({ kind: 'retry', reason });
      continue;
    }
    outcomes.push(outcome);
    if (sameId === undefined) byId.set(envelope.id, [envelope]);
    else sameId.push(envelope);
  }
  observer.count('dropped-extensions', droppedExtensions);
  return outcomes;
}

/** Whether an event of a request repeats one of those that go on and have its id: nearly always there is none. */
function repeats({ source, timeMicros }: Envelope, others: readonly Envelope[]): boolean {
  return others.some((other) => other.source === source && other.timeMicros === timeMicros);
}

function countersOf(count: Observer['count']): Counters<EventOutcome> {
  return {
    valid: (accepted) => count('accepted', accepted.length),
    duplicate: (duplicates) => count('duplicates-in-request', duplicates.length),
    rejected(refused) {
      for (const [reason, times] of countReasons(refused)) count('rejected', times, reason);
    },
    foreign: (refused) => count('rejected', refused.length, 'subject'),
    retry(undecided) {
      for (const [reason, times] of countReasons(undecided)) count('retry-answered', times, reason);
    },
  };
}

function countReasons<Reason extends string>(
  outcomes: readonly { readonly reason: Reason }[],
): ReadonlyMap<Reason, number> {
  const counts = new Map<Reason, number>();
  for (const { reason } of outcomes) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return counts;
}

function rejectedEvent({ at, entry, outcome }: Settled<JsonValue, Rejected | Foreign | Retry>): RejectedEvent {
  const { kind, reason, errors = [] } = outcome;
  return { index: at, id: ownId(entry), transient: kind === 'retry', reason, errors };
}

/** The id is echoed so that a client can tell which event it was; one that is no id of ours is not. */
function ownId(event: JsonValue): string | null {
  const id = isJsonObject(event) ? event['id'] : undefined;
  return typeof id === 'string' && id.length <= 256 ? id.toWellFormed() : null;
}

type PartLimits = Pick<IngestConfig, 'maxSealBytes' | 'maxSealEvents'>;

function acceptedParts(
  request: IngestRequest,
  valid: readonly Settled<JsonValue, Checked>[],
  { receivedAtMillis, proof, ...limits }: PartLimits & Received,
): readonly AcceptedPart[] {
  const { arrayBytes, events } = request.events;
  const sentAt = request.sentAtMillis === undefined ? {} : { sentAtMillis: request.sentAtMillis };
  return groupsOf(valid, proof).flatMap(({ sdk, provenSubjects, group }) => {
    const proven = provenSubjects.length === 0 ? {} : { provenSubjects };
    const part = (bytes: Uint8Array, some: typeof group): AcceptedPart => {
      const segment = { lengthBytes: bytes.length, receivedAtMillis, ...sentAt, ...proven };
      return { sdk, segment, bytes, events: some.map(({ outcome }) => outcome) };
    };
    // All accepted, one SDK: the client's own bytes go on as they are.
    const own = group.length === events.length ? arrayBytes : undefined;
    if (own !== undefined && group.length <= limits.maxSealEvents && own.length <= limits.maxSealBytes) {
      return [part(own, group)];
    }
    const texts = group.map(({ at }) => textOf(request.events, at));
    return fillSeals(texts, limits).map(([from, to]) =>
      part(Buffer.from(`[${texts.slice(from, to).join(',')}]`), group.slice(from, to)),
    );
  });
}

interface AcceptedGroup {
  readonly sdk: string;
  readonly provenSubjects: readonly ProvenSubject[];
  readonly group: readonly Settled<JsonValue, Checked>[];
}

/** By SDK, and by whether the request's proof counts for the event. */
function groupsOf(
  valid: readonly Settled<JsonValue, Checked>[],
  { provenSubjects, countsAt }: RequestProof,
): AcceptedGroup[] {
  const bySdk = [...Map.groupBy(valid, ({ outcome }) => outcome.sdk)];
  if (provenSubjects.length === 0) return bySdk.map(([sdk, group]) => ({ sdk, provenSubjects, group }));
  return bySdk.flatMap(([sdk, ofSdk]) => {
    const byProof = Map.groupBy(ofSdk, ({ outcome }) => countsAt(outcome.envelope.timeMicros));
    return [...byProof].map(([counts, group]) => ({ sdk, provenSubjects: counts ? provenSubjects : [], group }));
  });
}

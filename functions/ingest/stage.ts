import { isJsonObject, type JsonValue } from '../../shared/event/json.ts';
import type { EventTypes } from '../../shared/event-types/event-types.ts';
import type { Observer } from '../../shared/observe/observer.ts';
import { account, type Counters, type Settled } from '../../shared/outcome/account.ts';
import type {
  FieldError,
  Foreign,
  ForeignReason,
  Rejected,
  RejectReason,
  Retry,
  RetryReason,
} from '../../shared/outcome/outcome.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Quarantine } from '../../shared/ports/quarantine.ts';
import type { VerifyToken } from '../../shared/subject-tokens/verify-token.ts';
import { acceptedParts } from './accepted-parts.ts';
import type { IngestConfig } from './config.ts';
import type { CreationBounds } from './creation-bounds.ts';
import { decide, type EventOutcome, type IngestRequest, type Received } from './decide.ts';
import { keptRecords } from './kept-records.ts';
import { noProof, proveRequest } from './request-proof.ts';
import type { Sealer } from './sealer.ts';

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

interface IngestStageOptions {
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
    const received = { receivedAtMillis, proof };
    return store(request, { ...received, outcomes: await decide(request, received, options) }, options);
  };
}

interface Decided extends Received {
  readonly outcomes: readonly EventOutcome[];
}

/**
 * Hands over what goes on, and keeps nothing of the request but its answer while that is stored: the collector copied the
 * events of all requests that wait, which took a quarter of ingest's time.
 */
function store(
  request: IngestRequest,
  { outcomes, ...received }: Decided,
  { sealer, quarantine, observer, config, newSeal }: IngestStageOptions,
): Promise<IngestAnswer> {
  const counts: Parameters<Observer['count']>[] = [];
  const accounts = account(
    request.events.events,
    outcomes,
    countersOf((...count) => counts.push(count)),
  );
  accounts.count();
  const refused = accounts.of('rejected');
  const unaccepted = [...refused, ...accounts.of('foreign'), ...accounts.of('retry')].sort(
    (one, other) => one.at - other.at,
  );
  const answer = {
    accepted: accounts.outcomesOf('valid').length,
    duplicates: accounts.outcomesOf('duplicate').length,
    rejected: unaccepted.map(rejectedEvent),
  };
  const kept = refused.length === 0 ? [] : keptRecords(request, refused, { ...received, newSeal, config });
  const stored = acceptedParts(request, accounts, { ...received, limits: config }).map((part) => sealer.add(part));
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

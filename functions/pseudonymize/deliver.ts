import { lossesOf } from '../../shared/operations/batch-losses.ts';
import type { LossReason, RedeliveryReason, Rejected } from '../../shared/outcome/outcome.ts';
import type { LossRecords } from '../../shared/ports/operations.ts';
import type { Message, Publisher } from '../../shared/ports/publisher.ts';
import type { Quarantine, QuarantinedEvent } from '../../shared/ports/quarantine.ts';
import { Unavailable } from '../../shared/ports/unavailable.ts';
import { quarantinedEvent } from '../../shared/quarantine/quarantined-event.ts';
import type { ErasedBy } from './erased.ts';
import type { ReadBatch } from './read-batch.ts';

/** An event that fails by itself, whatever depends on others. */
export interface Unfit {
  readonly kind: 'unfit';
  readonly rejected: Rejected;
  /** What was thrown, where that is a bug. */
  readonly bug?: unknown;
}

/** An event whose row can be published. */
interface Ready {
  readonly kind: 'ready';
  /** Its type, or `alphaSink`. */
  readonly sink: string;
  readonly message: Message;
  readonly undeclaredCount: number;
  readonly unownedCount: number;
}

/** An event that waits for something else. */
export interface Waits {
  readonly kind: 'waits';
  readonly reason: RedeliveryReason;
}

/** The row would be of somebody whom an erasure has covered. It is dropped. */
export interface Erased {
  readonly kind: 'erased';
  readonly by: ErasedBy;
}

/** The row would be of somebody who objected before it was received. It is dropped. */
export interface Objected {
  readonly kind: 'objected';
}

/** `expired`: its table keeps it no longer. */
export type PreparedEvent = 'duplicate' | 'expired' | Ready | Unfit | Waits | Erased | Objected;

/** An event that cannot go on now. */
export interface Remains {
  readonly kind: 'remains';
  readonly reason: RedeliveryReason;
  /** Its row was to be published, and may be stored. */
  readonly mayBeCopy: boolean;
  /** What the publisher threw. */
  readonly cause?: unknown;
}

/** What became of an event of a batch; `duplicate`: dedup found it out, and has counted it. */
export type EventOutcome =
  | 'duplicate'
  | 'expired'
  | { readonly kind: 'delivered'; readonly undeclaredCount: number; readonly unownedCount: number }
  | { readonly kind: 'set-aside' }
  | Erased
  | Objected
  | Remains;

export interface DeliveryPorts {
  readonly publisher: Publisher;
  /** Topic of an event type, or of `alphaSink`. */
  readonly topicOf: (sink: string) => string;
  readonly quarantine: Quarantine;
  readonly losses: LossRecords;
}

/**
 * Publishes what can go on, each topic for itself: one that refuses holds up its own events alone. In the second line
 * events that fail by themselves go to quarantine; in the first they remain. Answers by event; never rejects.
 */
export async function deliver(
  read: ReadBatch,
  prepared: readonly PreparedEvent[],
  ports: DeliveryPorts,
): Promise<EventOutcome[]> {
  const { ready, unfit, gone, outcomes } = sort(prepared);
  const sendings: Sending[] = [];
  for (const [reason, some] of Map.groupBy(gone, ({ event }) => lossReasonOf(event))) {
    const lost = some.map(({ at, event }) => ({ at, outcome: event }));
    const sent = begun(() => ports.losses.record(lossesAt(read, some, reason)));
    sendings.push({ sent, stored: lost, areRows: false });
  }
  if (read.line === 'second' && unfit.length > 0) {
    const kept = unfit.map(({ at }) => ({ at, outcome: { kind: 'set-aside' } as const }));
    const sent = begun(() => ports.quarantine.keep(unfit.map((event) => quarantined(read, event))));
    sendings.push({ sent, stored: kept, areRows: false });
  }
  for (const [sink, { delivered, messages }] of bySink(ready)) {
    const sent = begun(() => ports.publisher.publish(ports.topicOf(sink), messages));
    sendings.push({ sent, stored: delivered, areRows: true });
  }
  await settleAll(outcomes, sendings);
  return outcomes;
}

/** What is sent together, and what is said of each event once it is stored. */
interface Sending {
  readonly sent: Promise<void>;
  readonly stored: readonly Outcome[];
  readonly areRows: boolean;
}

interface Outcome {
  readonly at: number;
  readonly outcome: EventOutcome;
}

/** What is thrown before there is a promise is of this sending alone, too. */
function begun(send: () => Promise<void>): Promise<void> {
  try {
    return send();
  } catch (cause) {
    return Promise.reject(cause);
  }
}

/** Rows by their topic. A batch may have as many topics as events, so little is made for each. */
function bySink(ready: readonly Placed<Ready>[]) {
  const sinks = new Map<string, { readonly delivered: Outcome[]; readonly messages: Message[] }>();
  for (const { at, event } of ready) {
    const { sink, message, undeclaredCount, unownedCount } = event;
    const delivered: Outcome = { at, outcome: { kind: 'delivered', undeclaredCount, unownedCount } };
    const ofSink = sinks.get(sink);
    if (ofSink === undefined) {
      sinks.set(sink, { delivered: [delivered], messages: [message] });
      continue;
    }
    ofSink.delivered.push(delivered);
    ofSink.messages.push(message);
  }
  return sinks;
}

interface Placed<E> {
  /** Position in the batch. */
  readonly at: number;
  readonly event: E;
}

/** What there is to record as lost. */
type Gone = 'expired' | Erased | Objected;

const notSentYet: Remains = { kind: 'remains', reason: 'publisher', mayBeCopy: false };

/** What there is to send, and what is said of each event until it is sent. */
function sort(prepared: readonly PreparedEvent[]) {
  const [ready, unfit, gone]: [Placed<Ready>[], Placed<Unfit>[], Placed<Gone>[]] = [[], [], []];
  const outcomes = prepared.map((event, at): EventOutcome => {
    if (event === 'duplicate') return event;
    if (event === 'expired' || event.kind === 'erased' || event.kind === 'objected') {
      gone.push({ at, event });
      return { kind: 'remains', reason: 'publisher', mayBeCopy: false };
    }
    if (event.kind === 'ready') {
      ready.push({ at, event });
      return notSentYet;
    }
    if (event.kind === 'unfit') unfit.push({ at, event });
    return { kind: 'remains', reason: event.kind === 'waits' ? event.reason : 'unfit-events', mayBeCopy: false };
  });
  return { ready, unfit, gone, outcomes };
}

/** Sets the outcomes of what was sent: those given where it is stored, or that it remains. */
async function settleAll(outcomes: EventOutcome[], sendings: readonly Sending[]): Promise<void> {
  const sent = sendings.map((sending) => sending.sent);
  try {
    // Mostly all is stored, and waiting for that costs half of waiting for what became of each.
    await Promise.all(sent);
    for (const { stored } of sendings) for (const { at, outcome } of stored) outcomes[at] = outcome;
  } catch {
    const results = await Promise.allSettled(sent);
    for (const [at, sending] of sendings.entries()) settle(outcomes, sending, results[at]);
  }
}

function settle(
  outcomes: EventOutcome[],
  { stored, areRows }: Sending,
  result: PromiseSettledResult<void> | undefined,
): void {
  if (result?.status === 'fulfilled') {
    for (const { at, outcome } of stored) outcomes[at] = outcome;
    return;
  }
  const cause: unknown = result?.reason;
  const reason = cause instanceof Unavailable ? cause.dependency : 'unexpected-error';
  for (const { at } of stored) outcomes[at] = { kind: 'remains', reason, mayBeCopy: areRows, cause };
}

function lossReasonOf(event: Gone): LossReason {
  return event === 'expired' ? 'table-retention' : event.kind;
}

function lossesAt({ batch, message }: ReadBatch, gone: readonly Placed<Gone>[], reason: LossReason) {
  const entries = gone.flatMap(({ at }) => batch.index.entries[at] ?? []);
  return lossesOf(entries, message, { stage: 'pseudonymize', reason, sdk: batch.sdk });
}

/** Under the seal of the batch, whose claims are its own when it is replayed. */
function quarantined({ batch, events }: ReadBatch, { at, event }: Placed<Unfit>): QuarantinedEvent {
  const { seal, sdk, index } = batch;
  const entry = index.entries[at];
  const segment = index.segments[entry?.segment ?? -1];
  if (entry === undefined || segment === undefined) throw new Error(`the batch has no entry ${at}`);
  const { receivedAtMillis, sentAtMillis, provenSubjects = [] } = segment;
  return quarantinedEvent({
    outcome: event.rejected,
    stage: 'pseudonymize',
    seal,
    at,
    receivedAtMillis,
    sentAtMillis,
    sdk,
    provenSubjects,
    type: entry.type,
    identity: entry,
    text: events.textOf(at),
    value: events.events[at] ?? null,
  });
}

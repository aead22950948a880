import { ownAttributes } from '../../shared/batch/batch-attributes.ts';
import { encodeMarks } from '../../shared/batch/marks.ts';
import { sealPart } from '../../shared/batch/part-of-batch.ts';
import type { EventTypes } from '../../shared/event-types/event-types.ts';
import type { StageOutcome } from '../../shared/http/pubsub-function.ts';
import { describeError } from '../../shared/observe/describe-error.ts';
import type { Observer } from '../../shared/observe/observer.ts';
import { account, type Counters } from '../../shared/outcome/account.ts';
import type { DeliveredMessage, Message } from '../../shared/ports/publisher.ts';
import { type DeliveryPorts, deliver, type EventOutcome, type Remains } from './deliver.ts';
import { type PreparePorts, prepare } from './prepare.ts';
import { findRevisions, type ReadBatch, readBatch } from './read-batch.ts';

export interface PseudonymizePorts extends DeliveryPorts, PreparePorts {
  readonly eventTypes: EventTypes;
  /** Where the batches come from, and where what remains of one goes. */
  readonly deduplicatedTopic: string;
}

type Stage = (message: DeliveredMessage) => Promise<StageOutcome>;

/**
 * Pseudonymize: turns the events that dedup forwards into rows without personal data in the clear, and publishes each
 * to the topic of its type. What of a batch can go on goes on at once; what cannot is published again as a batch of its
 * own, under the same seal, before the original is acknowledged:
 *
 *     a batch      rows of A ok   rows of B refused   remainder: B's, marked   ack
 *     crash before the remainder: the batch is delivered again, and A's rows are stored twice
 *     remainder    rows of B refused                  nothing went on: retry as it is, no storage operation
 *
 * A batch that remains holds fewer events each time, so no event goes round for ever but by redelivery, and that ends:
 * what fails by itself is set aside in the second line, and no stage handles a seal that is too old.
 */
export function makePseudonymizeStage(ports: PseudonymizePorts): Stage {
  const { observer, publisher } = ports;
  const counters = countersOf(observer);
  return async (message) => {
    const read = readBatch(message);
    if (read.kind === 'retry') return read;
    const revisions = await findRevisions(ports.eventTypes, read);
    const prepared = await prepare(read, revisions, ports);
    const accounts = account(read.batch.index.entries, await deliver(read, prepared, ports), counters);
    const remaining = accounts.of('remains');
    if (remaining.length > 0) {
      const outcomes = remaining.map(({ outcome }) => outcome);
      const wentOn = (['delivered', 'set-aside', 'expired', 'erased', 'objected'] as const).some(
        (kind) => accounts.of(kind).length > 0,
      );
      if (!wentOn) return nothingWentOn(outcomes);
      tellCauses(observer, outcomes);
      await publisher.publish(ports.deduplicatedTopic, [remainderOf(read, remaining)]);
    }
    accounts.count();
    return { kind: 'done' };
  };
}

/** Throws what the publisher threw, if anything: it is logged like every dependency that does not answer. */
function nothingWentOn(outcomes: readonly Remains[]): StageOutcome {
  const thrown = outcomes.find(({ cause }) => cause !== undefined);
  if (thrown !== undefined) throw thrown.cause;
  return { kind: 'retry', reason: outcomes[0]?.reason ?? 'unexpected-error' };
}

/**
 * The batch of what remains. Rows of a topic that refused may be stored all the same, and so may a second line's: those
 * are marked as possible duplicates.
 */
function remainderOf(
  { message, line, batch, marks, events }: ReadBatch,
  remaining: readonly { readonly at: number; readonly outcome: Remains }[],
): Message {
  const part = sealPart(
    batch,
    events,
    remaining.map(({ at }) => at),
  );
  const kept = remaining.map(({ at, outcome }) => {
    const possibleDuplicate = outcome.mayBeCopy || marks[at]?.possibleDuplicate === true;
    return { forward: true, possibleDuplicate, beyondLookBack: marks[at]?.beyondLookBack === true };
  });
  const copies = line === 'second' ? { possible_duplicate: 'true' } : {};
  const attributes = { ...ownAttributes(message.attributes), ...part.attributes, ...copies, marks: encodeMarks(kept) };
  return { data: part.data, attributes };
}

function tellCauses(observer: Observer, outcomes: readonly Remains[]): void {
  const causes = new Map(outcomes.flatMap(({ cause, reason }) => (cause === undefined ? [] : [[reason, cause]])));
  for (const [reason, cause] of causes) {
    observer.log('WARNING', 'part of a batch could not go on, and is published again', {
      reason,
      ...describeError(cause),
    });
  }
}

function countersOf(observer: Observer): Counters<EventOutcome> {
  return {
    duplicate: () => {},
    expired: (events) => observer.count('lost', events.length, 'table-retention'),
    delivered(events) {
      observer.count('delivered', events.length);
      const undeclared = sum(events, (event) => event.undeclaredCount);
      observer.count('undeclared-properties', undeclared);
      const unowned = sum(events, (event) => event.unownedCount);
      observer.count('dropped-personal-values', unowned);
    },
    erased(events) {
      const byOwnTime = events.filter(({ by }) => by === 'own-time').length;
      observer.count('erased', events.length - byOwnTime, 'received');
      observer.count('erased', byOwnTime, 'own-time');
      observer.count('lost', events.length, 'erased');
    },
    objected: (events) => observer.count('lost', events.length, 'objected'),
    'set-aside': (events) => observer.count('quarantined', events.length),
    remains: (events) => observer.count('published-again', events.length),
  };
}

function sum<T>(items: readonly T[], amount: (item: T) => number): number {
  return items.reduce((total, item) => total + amount(item), 0);
}

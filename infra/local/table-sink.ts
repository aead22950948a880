import type { Warehouse } from '../../shared/adapters/embedded/duckdb/tables.ts';
import { systemClock } from '../../shared/adapters/system-clock.ts';
import { describeError } from '../../shared/observe/describe-error.ts';
import type { Observer } from '../../shared/observe/observer.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { MessageReader, PulledMessage } from '../../shared/ports/message-reader.ts';
import { datasets, quarantineTable } from '../naming.ts';
import type { SubscriptionSpec } from '../topology.ts';
import type { LiveFeed } from './live-feed.ts';

type TableTarget = Extract<SubscriptionSpec['target'], { readonly kind: 'table' }>;

export interface TableSink {
  /** Finishes the insert that is running; what is not acknowledged stays on the bus. */
  stop(): Promise<void>;
}

interface TableSinkOptions {
  readonly bus: MessageReader;
  readonly warehouse: Pick<Warehouse, 'append'>;
  readonly subscription: string;
  readonly target: TableTarget;
  readonly clock: Clock;
  readonly observer: Observer;
  /** Sees each row that was written, as JSON text. */
  readonly onRows: (target: TableTarget, rows: readonly string[]) => void;
  /** Rows of one insert. Default 2,000. */
  readonly maxRows?: number;
  /**
   * How long rows gather before an insert, at least: an insert costs some milliseconds whatever its size. They gather for
   * as long as the insert before took. Default 50.
   */
  readonly gatherMillis?: number;
}

const defaultMaxRows = 2_000;
/** A long insert is one in which DuckDB moved its log into the file: what waits then need not wait as long again. */
const maxRestMillis = 250;
/** Wait before the next try after a failure. */
const retryMillis = 1_000;

/**
 * What a BigQuery subscription does in the cloud: writes each message of a topic as a row, acknowledges after the
 * commit, and leaves a row that the table refuses to redelivery and the dead letter.
 */
function startTableSink(options: TableSinkOptions): TableSink {
  const { bus, subscription, clock, maxRows = defaultMaxRows, gatherMillis = 50 } = options;
  let running: Promise<void> = Promise.resolve();
  let cancelTimer: (() => void) | undefined;
  let [draining, woken, stopped] = [false, false, false];

  async function drain(): Promise<void> {
    const begunMillis = clock.nowMillis();
    draining = true;
    woken = false;
    try {
      let taken = maxRows;
      // Packs are not split, so that the pull before the last need not be full.
      while (taken > maxRows / 2 && !stopped) taken = await writeSome(options);
      draining = false;
      // As long as that took, so that a busy machine writes fewer and larger inserts.
      const restMillis = Math.min(clock.nowMillis() - begunMillis, maxRestMillis);
      if (taken > 0 || woken) wake(Math.max(gatherMillis, restMillis));
    } catch (error) {
      // First of all, for whatever the rest may run into.
      draining = false;
      wake(retryMillis);
      options.observer.log('ERROR', 'rows could not be written', { subscription, ...describeError(error) });
    }
  }

  function wake(delayMillis = gatherMillis): void {
    woken = true;
    if (stopped || draining || cancelTimer !== undefined) return;
    cancelTimer = clock.after(delayMillis, () => {
      cancelTimer = undefined;
      // A drain that rejects must not keep the next one from running.
      running = drain().catch(() => undefined);
    });
  }

  const unsubscribe = bus.onMessage(subscription, () => wake());
  return {
    async stop() {
      stopped = true;
      unsubscribe();
      cancelTimer?.();
      await running;
    },
  };
}

async function writeSome(options: TableSinkOptions): Promise<number> {
  const { bus, warehouse, subscription, target, maxRows = defaultMaxRows } = options;
  const rowOf = target.row === 'message' ? messageRow : jsonRow;
  const messages = await bus.pull(subscription, maxRows);
  if (messages.length === 0) return 0;
  const rows = messages.map(rowOf);
  const giveBack = (some: readonly { readonly ackId: string }[], why?: string) =>
    bus.nack(
      subscription,
      some.map(({ ackId }) => ackId),
      why,
    );
  const results = await warehouse
    .append({ schema: target.dataset, table: target.table }, rows)
    .catch(async (error: unknown) => {
      // Else they would wait for the ack deadline; where this fails, too, they do.
      await giveBack(messages).catch(() => undefined);
      throw error;
    });
  const written = messages.filter((_, at) => results[at]?.kind === 'inserted');
  const refused = messages.flatMap(({ ackId }, at) => {
    const result = results[at];
    return result?.kind === 'inserted' ? [] : [{ ackId, why: result?.reason ?? 'the table did not answer' }];
  });
  await bus.acknowledge(
    subscription,
    written.map(({ ackId }) => ackId),
  );
  if (refused.length > 0) {
    for (const [why, some] of Map.groupBy(refused, (row) => row.why)) await giveBack(some, why);
    options.observer.log('ERROR', 'rows refused by their table', { table: target.table, rows: refused.length });
  }
  options.onRows(
    target,
    rows.filter((_, at) => results[at]?.kind === 'inserted'),
  );
  return messages.length;
}

function jsonRow({ data }: PulledMessage): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8');
}

/** As a BigQuery subscription with metadata and without a schema writes it ("Write metadata", Pub/Sub). */
function messageRow(message: PulledMessage): string {
  const { subscription, messageId, publishTimeMillis, attributes } = message;
  return JSON.stringify({
    subscription_name: subscription,
    message_id: messageId,
    publish_time: new Date(publishTimeMillis).toISOString(),
    data: jsonRow(message),
    attributes: JSON.stringify(attributes),
  });
}

export interface TableSinksOptions {
  readonly bus: MessageReader;
  readonly warehouse: Pick<Warehouse, 'append'>;
  readonly subscriptions: readonly SubscriptionSpec[];
  readonly observer: Observer;
  readonly feed: LiveFeed;
  /** Default: the system's. */
  readonly clock?: Clock;
}

export interface NamedSink {
  readonly name: string;
  readonly sink: TableSink;
}

/** A sink for each of the subscriptions that writes a table. */
export function startTableSinks(options: TableSinksOptions): NamedSink[] {
  const { bus, warehouse, observer, feed, clock = systemClock } = options;
  return options.subscriptions.flatMap(({ name, target }) => {
    if (target.kind !== 'table') return [];
    const onRows = (written: TableTarget, rows: readonly string[]) => {
      const { dataset, table } = written;
      // Events, and what was refused of them; of whom a record speaks is for an erasure alone.
      const isOfEvents = dataset === datasets.raw || (dataset === datasets.operations && table === quarantineTable);
      if (!isOfEvents) return;
      observer.count('rows-written', rows.length, dataset);
      feed.publish(written, rows);
    };
    const sink = { bus, warehouse, subscription: name, target, clock, observer, onRows };
    return [{ name, sink: startTableSink(sink) }];
  });
}

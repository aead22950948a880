import { expect, test } from 'vitest';
import { makeLiveFeed } from '../../../infra/local/live-feed.ts';
import { startTableSinks } from '../../../infra/local/table-sink.ts';
import type { SubscriptionSpec } from '../../../infra/topology.ts';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import type { MessageReader, PulledMessage } from '../../../shared/ports/message-reader.ts';

const subscription: SubscriptionSpec = {
  name: 'to-table.work',
  topic: 'work',
  ackDeadlineSeconds: 60,
  minBackoffSeconds: 1,
  maxBackoffSeconds: 8,
  retentionDays: 7,
  target: { kind: 'table', dataset: 'events_raw', table: 'work', row: 'json' },
};

function message(n: number): PulledMessage {
  const data = Buffer.from(JSON.stringify({ n }));
  return { ackId: `ack-${n}`, messageId: String(n), data, attributes: {}, publishTimeMillis: 0, subscription: 'work' };
}

/**
 * A reader into a table whose disk, and whose log's, is full as told, and for which an insert takes so long; row 13 is one
 * that the table refuses.
 */
function startSink() {
  const disk = { full: false, insertMillis: 0 };
  const clock = createManualClock(0);
  const steps: string[] = [];
  const queue: PulledMessage[] = [];
  let wake = () => {};
  const bus: MessageReader = {
    onMessage: (_, listener) => {
      wake = listener;
      return () => {};
    },
    pull: async () => queue.splice(0),
    async acknowledge(_, ackIds) {
      steps.push(...ackIds);
    },
    async nack(_, ackIds) {
      for (const ackId of ackIds) steps.push(`back ${ackId}`);
    },
  };
  const rows: string[] = [];
  const warehouse: Parameters<typeof startTableSinks>[0]['warehouse'] = {
    async append(_, given) {
      if (disk.full) throw new Error('IO Error: no space left');
      clock.advance(disk.insertMillis);
      steps.push('append');
      return given.map((row) => {
        if (String(row) === '{"n":13}') return { kind: 'refused', reason: 'unlucky' };
        rows.push(String(row));
        return { kind: 'inserted' };
      });
    },
  };
  const observer = {
    count() {},
    log() {
      if (disk.full) throw new Error('ENOSPC');
    },
  };
  const options = { bus, warehouse, subscriptions: [subscription], observer, feed: makeLiveFeed(), clock };
  const [named] = startTableSinks(options);
  return {
    disk,
    steps,
    rows,
    clock,
    /** Messages come, and no time passes. */
    async come(...numbers: number[]) {
      queue.push(...numbers.map(message));
      wake();
      await settled();
    },
    /** Messages come, and time passes. */
    async arrive(...numbers: number[]) {
      queue.push(...numbers.map(message));
      wake();
      for (let turn = 0; turn < 10; turn++) {
        clock.advance(1_000);
        await settled();
      }
    },
    stop: async () => named?.sink.stop(),
  };
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test('a row is acknowledged once it is written, and one that its table refuses is given back', async () => {
  const sink = startSink();
  await sink.arrive(1, 13, 2);
  expect(sink.rows).toEqual(['{"n":1}', '{"n":2}']);
  expect(sink.steps).toEqual(['append', 'ack-1', 'ack-2', 'back ack-13']);
  await sink.stop();
});

test('a full disk, which takes no log line either, stops no reader for good', async () => {
  const sink = startSink();
  sink.disk.full = true;
  await sink.arrive(1);
  await sink.arrive(2);
  expect(sink.steps).toEqual(['back ack-1', 'back ack-2']);
  sink.disk.full = false;
  await sink.arrive(1, 2, 3);
  expect(sink.rows).toHaveLength(3);
  await sink.stop();
});

test.each([
  ['as long as the insert before took', 200, 200],
  ['a quarter of a second at most', 600, 250],
])('rows gather for %s', async (_, insertMillis, restMillis) => {
  const sink = startSink();
  sink.disk.insertMillis = insertMillis;
  await sink.come(1);
  sink.clock.advance(50);
  await settled();
  expect(sink.rows).toHaveLength(1);
  await sink.come(2);
  sink.clock.advance(restMillis - 1);
  await sink.come(3);
  expect(sink.rows).toHaveLength(1);
  sink.clock.advance(1);
  await settled();
  expect(sink.rows).toHaveLength(3);
  expect(sink.steps).toEqual(['append', 'ack-1', 'append', 'ack-2', 'ack-3']);
  await sink.stop();
});

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { openEmbeddedPubSub } from '../../helpers/embedded-bus.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'edi-residue-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const needle = 'alice@example.com';

/** Files of the folder in which the text stands. */
function filesWith(text: string): string[] {
  return readdirSync(folder).filter((name) => readFileSync(join(folder, name)).includes(text));
}

/** A bus with payloads that fill cells, pages and chains of pages. */
async function busWithMessages() {
  const clock = createManualClock();
  const bus = openEmbeddedPubSub({ path: join(folder, 'pubsub.sqlite'), clock });
  bus.declare({
    topics: ['received'],
    subscriptions: [
      { name: 'dedup', topic: 'received', ackDeadlineSeconds: 60, minBackoffSeconds: 10, maxBackoffSeconds: 600 },
    ],
  });
  for (const copies of [1, 40, 2_000, 60_000]) {
    await bus.publish('received', [
      { data: Buffer.from(needle.repeat(copies)), attributes: { note: `${needle} in an attribute` } },
    ]);
  }
  return { bus, clock };
}

test('14: no file holds a payload after its delivery, while the bus runs', async () => {
  const { bus, clock } = await busWithMessages();
  expect(filesWith(needle).length).toBeGreaterThan(0);
  const pulled = await bus.pull('dedup', 10);
  expect(pulled).toHaveLength(4);
  await bus.acknowledge(
    'dedup',
    pulled.map(({ ackId }) => ackId),
  );
  clock.advance(2_000);
  expect(filesWith(needle)).toEqual([]);
  await bus.stop({ drainMillis: 0 });
  expect(filesWith(needle)).toEqual([]);
});

test('14: what is not delivered stays, and others are gone', async () => {
  const { bus, clock } = await busWithMessages();
  const [first, ...others] = await bus.pull('dedup', 10);
  await bus.publish('received', [{ data: Buffer.from('bob@example.com'), attributes: {} }]);
  await bus.acknowledge(
    'dedup',
    [first, ...others].flatMap((message) => (message === undefined ? [] : [message.ackId])),
  );
  clock.advance(2_000);
  expect([filesWith(needle), filesWith('bob@example.com')]).toEqual([[], ['pubsub.sqlite']]);
  await bus.stop({ drainMillis: 0 });
});

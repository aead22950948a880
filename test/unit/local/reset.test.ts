import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeReset } from '../../../infra/local/reset.ts';
import { type EmbeddedStorage, openEmbeddedStorage } from '../../../shared/adapters/embedded/storage.ts';
import { ownColumn } from '../../../shared/event-types/column.ts';

let folder: string;
let storage: EmbeddedStorage;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'edi-reset-'));
  storage = await openEmbeddedStorage(folder);
});
afterEach(async () => {
  await storage.close();
  rmSync(folder, { recursive: true, force: true });
});

const subscriptions = ['dedup', 'second-line.dedup', 'to-table.event.a.b.v1', 'publish-schema'];
const tables = [
  ['events_raw', 'a_b_v1'],
  ['operations', 'quarantine'],
  ['erasure', 'quarantined_subjects'],
  ['erasure', 'erased_subjects'],
] as const;
const document = { claims: new Map(), expireAtMillis: Date.now() + 1_000_000 };

async function fill(): Promise<void> {
  const { bus, warehouse, databases } = storage;
  const common = { ackDeadlineSeconds: 10, minBackoffSeconds: 1, maxBackoffSeconds: 8 };
  bus.declare({
    topics: subscriptions,
    subscriptions: subscriptions.map((name) => ({ name, topic: name, ...common })),
  });
  for (const topic of subscriptions) await bus.publish(topic, [{ data: Buffer.from('x'), attributes: {} }]);
  for (const [schema, table] of tables) {
    await warehouse.ensureTable({ schema, table, columns: [ownColumn('id', 'STRING', 'NULLABLE', 'x')] });
    await warehouse.append({ schema, table }, ['{"id":"x"}']);
  }
  await databases.claims.write([{ key: 'k', document, expected: 'absent' }]);
}

const countOf = (table: string) => storage.warehouse.change(`SELECT count(*) FROM ${table}`, {});
const backlogs = () => storage.bus.stats().map(({ subscription, backlogMessages }) => [subscription, backlogMessages]);

test('what events left is gone, what waits of schemas and what an erasure needs stays, and it goes on', async () => {
  await fill();
  let forgotten = 0;
  const forget = () => {
    forgotten++;
  };
  const status = () => ({
    accepted: 0,
    duplicates: 0,
    rejected: 0,
    rows: 0,
    quarantined: 0,
    backlog: 0,
    deadLetters: 0,
  });
  const reset = makeReset({ storage, status, forget });
  // Two that ask at once have one done.
  await Promise.all([reset(), reset()]);
  expect(forgotten).toBe(1);
  expect(backlogs()).toEqual([
    ['dedup', 0],
    ['second-line.dedup', 0],
    ['to-table.event.a.b.v1', 0],
    ['publish-schema', 1],
  ]);
  const counts = await Promise.all(tables.map(([schema, table]) => countOf(`${schema}.${table}`)));
  expect(counts).toEqual([0, 0, 0, 1]);
  expect(await storage.databases.claims.read(['k'])).toEqual([undefined]);
  expect(await storage.databases.claims.write([{ key: 'k', document, expected: 'absent' }])).toEqual(['written']);
  await storage.warehouse.append({ schema: 'events_raw', table: 'a_b_v1' }, ['{"id":"after"}']);
  expect(await countOf('events_raw.a_b_v1')).toBe(1);
  await storage.bus.publish('dedup', [{ data: Buffer.from('after'), attributes: {} }]);
  expect(await storage.bus.pull('dedup', 9)).toHaveLength(1);
});

import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { JsonObject } from '../../shared/event/json.ts';
import { type LocalProcess, startLocal } from '../helpers/local-deployment.ts';
import { sendBatch } from '../helpers/local-events.ts';
import { query, waitUntilIdle } from '../helpers/local-operator.ts';
import { makeScratchFolder, projectFolder, spawnChild } from '../helpers/local-process.ts';

const scratch = makeScratchFolder();
const schemaFolder = join(scratch.path, 'schemas');
const dataFolder = join(scratch.path, 'data');
afterAll(() => scratch.remove());

const type = 'shop.cart-updated.v1';
const schema: JsonObject = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Cart updated',
  description: 'A customer changed the cart.',
  edi: {
    type,
    owner: 'team-shop',
    description: 'A customer changed the cart.',
    stage: 'beta',
    sdks: ['web'],
    retentionDays: 30,
    subjectRealm: 'customer',
  },
  type: 'object',
  additionalProperties: false,
  required: ['items'],
  properties: { items: { type: 'integer', description: 'Things in it' } },
};

function cartEvent(): JsonObject {
  const time = new Date(Date.now() - 1_000).toISOString();
  return { specversion: '1.0', id: crypto.randomUUID(), source: 'tab-1', type, time, data: { items: 3 } };
}

const start = (): Promise<LocalProcess> => startLocal({ dataFolder, flags: ['--quiet', '--schemas', schemaFolder] });

async function edi(deployment: LocalProcess, ...args: readonly string[]) {
  const cli = join(projectFolder, 'infra/cli/main.ts');
  const all = [cli, 'quarantine', ...args, '--url', deployment.url, '--json'];
  const child = spawnChild({ command: process.execPath, args: all, env: deployment.env });
  const { code } = await child.exited;
  expect({ code, err: child.stderr() }).toEqual({ code: 0, err: '' });
  return JSON.parse(child.stdout());
}

test('events that came before their type was known are replayed once, also while the client resends them', async () => {
  cpSync(join(projectFolder, 'schemas'), schemaFolder, { recursive: true });
  const events = Array.from({ length: 20 }, cartEvent);
  const [known, anyKey] = [events.slice(0, 12), events.slice(12)];

  const before = await start();
  await sendBatch(before.url, { events: known, key: 'local-dev-key:web' });
  await sendBatch(before.url, { events: anyKey, key: 'local-dev-key' });
  await waitUntilIdle(before);
  const [group] = await edi(before, 'list', '--reason', 'unknown-type');
  expect(group).toMatchObject({ reason: 'unknown-type', type, records: 20, replayed: 0 });
  const early = await edi(before, 'replay', '--reason', 'unknown-type', '--type', type);
  expect(early).toMatchObject({ replayed: 0, refused: { 'unknown-type': 20 } });
  await before.stop();

  mkdirSync(join(schemaFolder, 'shop'));
  writeFileSync(join(schemaFolder, 'shop', 'cart-updated.v1.json'), JSON.stringify(schema));
  await using after = await start();
  const resend = sendBatch(after.url, { events: events.slice(5, 15), key: 'local-dev-key:web' });
  const [report] = await Promise.all([edi(after, 'replay', '--reason', 'unknown-type', '--type', type), resend]);
  expect(report).toMatchObject({ replayed: 20, replayedBefore: 0, refused: {}, unreadable: 0 });
  expect(await edi(after, 'replay', '--reason', 'unknown-type', '--type', type)).toMatchObject({
    replayed: 0,
    replayedBefore: 20,
  });
  await waitUntilIdle(after);

  const rows = await query(after, 'SELECT event_id, count(*) AS copies FROM events.shop_cart_updated_v1 GROUP BY ALL');
  const expected: JsonObject[] = events.map(({ id }) => ({ event_id: id ?? null, copies: 1 }));
  const byId = (a: JsonObject, b: JsonObject) => (String(a['event_id']) < String(b['event_id']) ? -1 : 1);
  expect(rows.sort(byId)).toEqual(expected.sort(byId));
  expect(await edi(after, 'list')).toMatchObject([{ reason: 'unknown-type', type, records: 20, replayed: 20 }]);
}, 60_000);

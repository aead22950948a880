import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { localPublishing } from '../../../infra/local/local-functions.ts';
import { publishSchemas } from '../../../infra/local/publish-schemas.ts';
import { ensureTables } from '../../../infra/local/tables.ts';
import { makeTopology } from '../../../infra/topology.ts';
import { openEmbeddedStorage } from '../../../shared/adapters/embedded/storage.ts';
import type { JsonObject } from '../../../shared/event/json.ts';
import { makeCountingObserver } from '../../../shared/observe/json-observer.ts';
import { makeScratchFolder } from '../../helpers/local-process.ts';
import { schemaDocument, testSdks } from '../../helpers/schemas.ts';

const order = 'shop.order.v1';
let folder: string;
let storage: Awaited<ReturnType<typeof openEmbeddedStorage>>;

beforeEach(async () => {
  const scratch = makeScratchFolder();
  folder = join(scratch.path, 'schemas');
  mkdirSync(join(folder, 'shop'), { recursive: true });
  writeFileSync(join(folder, 'sdks.json'), JSON.stringify(testSdks));
  storage = await openEmbeddedStorage(join(scratch.path, 'data'));
  onTestFinished(async () => {
    await storage.close();
    scratch.remove();
  });
});

const write = (name: string, document: JsonObject) =>
  writeFileSync(join(folder, `shop/${name}.v1.json`), JSON.stringify(document));

async function publish() {
  const ports = localPublishing(storage, makeCountingObserver(), async (schema) => {
    await ensureTables(storage.warehouse, makeTopology([schema]));
    return [];
  });
  const { active, waiting } = await publishSchemas({ folder, ports });
  return {
    active: active.map(({ edi }) => edi.type),
    waiting: waiting.map(({ file, pointer }) => `${file} ${pointer}`),
  };
}

test('a file that cannot be used waits, and the others are active', async () => {
  write('order', schemaDocument({ type: order }));
  write('broken', { ...schemaDocument({ type: 'shop.broken.v1' }), properties: 7 });
  write(
    'slow',
    schemaDocument({
      type: 'shop.slow.v1',
      properties: { a: { description: 'x', type: 'string', pattern: '^(a+)+$' } },
    }),
  );
  write('negative', { ...schemaDocument({ type: 'shop.negative.v1' }), minProperties: -1 });
  writeFileSync(join(folder, 'shop/half.v1.json'), '{"edi":');
  const { active, waiting } = await publish();
  expect(active).toEqual([order]);
  expect(new Set(waiting.map((problem) => problem.split(' ')[0]))).toEqual(
    new Set(['shop/broken.v1.json', 'shop/half.v1.json', 'shop/negative.v1.json', 'shop/slow.v1.json']),
  );
});

test('a change that the active revision does not take waits, and what was active stays', async () => {
  write('order', schemaDocument({ type: order, properties: { a: { description: 'x', type: 'integer' } } }));
  await publish();
  write('order', schemaDocument({ type: order, properties: { a: { description: 'x', type: 'string' } } }));
  const { active, waiting } = await publish();
  expect(active).toEqual([order]);
  expect(waiting).toContain('shop/order.v1.json /properties/a/type');
});

test('a revision that another version of this published, and nobody can read any more, keeps no other from being served', async () => {
  write('order', schemaDocument({ type: order }));
  await publish();
  const unreadable = { type: 'shop.old.v1', schema: { edi: 7 }, generation: '1', checkedAgainst: 0 };
  await storage.databases.registry.activateUpload({ ...unreadable, clashesWith: () => false }, 0);
  expect(await publish()).toEqual({ active: [order], waiting: ['shop/old.v1.json '] });
});

test('a folder of which nothing is active is refused, with every problem', async () => {
  write('order', { ...schemaDocument({ type: order }), properties: 7 });
  await expect(publish()).rejects.toThrow(/none of the schemas in .* can be used:\n {2}shop\/order\.v1\.json/);
});

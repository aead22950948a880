import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readSchemaFolder } from '../../../shared/schema-language/schema-folder.ts';
import { schemaDocument, testSdks } from '../../helpers/schemas.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edi-schemas-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function read(files: Record<string, object | string>) {
  for (const [name, content] of Object.entries({ 'sdks.json': testSdks, ...files })) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  const { schemas, problems, sdks } = await readSchemaFolder(folder);
  return { types: schemas.map(({ edi }) => edi.type), problems, sdks };
}

const order = schemaDocument();
const visit = schemaDocument({ type: 'shop.visit.v2' });

test('reads schemas and bindings, and takes examples and other files for what they are', async () => {
  const result = await read({
    'shop/visit.v2.json': visit,
    'shop/order.v1.json': order,
    'shop/order.v1.minimal.pass.json': {},
    'shop/order.v1.empty.fail.json': {},
    'README.md': '# schemas',
  });
  expect(result).toEqual({ types: ['shop.order.v1', 'shop.visit.v2'], problems: [], sdks: testSdks });
});

test.each<[string, Record<string, object | string>, string, string, RegExp]>([
  ['no JSON', { 'shop/order.v1.json': '{' }, 'shop/order.v1.json', '', /cannot be read as JSON/],
  ['no schema', { 'shop/order.v1.json': [] }, 'shop/order.v1.json', '', /one JSON object/],
  ['another type than its name', { 'shop/order.v2.json': order }, 'shop/order.v2.json', '/edi/type', /shop\.order\.v2/],
  [
    'an SDK that is none',
    { 'shop/order.v1.json': schemaDocument({ edi: { sdks: ['tv'] } }) },
    'shop/order.v1.json',
    '/edi/sdks',
    /"tv"/,
  ],
  [
    'no valid schema',
    { 'shop/order.v1.json': { ...order, minProperties: -1 } },
    'shop/order.v1.json',
    '',
    /minProperties/,
  ],
  ['bad bindings', { 'sdks.json': {} }, 'sdks.json', '/namespaces', /namespaces/],
  ['bindings that are no JSON', { 'sdks.json': 'x' }, 'sdks.json', '', /cannot be read as JSON/],
])('tells of a file with %s, and goes on with the others', async (_what, files, file, pointer, message) => {
  const result = await read({ ...files, 'shop/visit.v2.json': schemaDocument({ type: 'shop.visit.v2' }) });
  expect(result.problems).toContainEqual({ file, pointer, message: expect.stringMatching(message) });
  if (file !== 'sdks.json') expect(result.types).toEqual(['shop.visit.v2']);
});

test('tells of two types that would share a table', async () => {
  const result = await read({
    'a/b-c.v1.json': schemaDocument({ type: 'a.b-c.v1' }),
    'a-b/c.v1.json': schemaDocument({ type: 'a-b.c.v1' }),
  });
  expect(result.problems).toEqual([
    { file: 'a/b-c.v1.json', pointer: '/edi/type', message: 'shares the table a_b_c_v1 with a-b.c.v1' },
  ]);
});

test('rejects when there is no folder, and tells of missing bindings', async () => {
  await expect(readSchemaFolder(join(folder, 'missing'))).rejects.toThrow(/ENOENT/);
  expect((await readSchemaFolder(folder)).problems.map(({ file }) => file)).toContain('sdks.json');
});

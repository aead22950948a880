import { expect, test } from 'vitest';
import { schemaDocument } from '../../../helpers/schemas.ts';
import { edi, goodFolder, goodSchema } from './schema-folder.ts';

const lock = 'columns.lock.json';
const sum = {
  ...goodSchema,
  properties: { sum: { description: 'Sum of the order', type: 'integer' } },
  required: ['sum'],
};
const both = { ...goodSchema, properties: { ...goodSchema.properties, ...sum.properties } };

test('writes the lock once; then it is current', async () => {
  const folder = await goodFolder();
  expect(folder.read(lock)).toMatchObject({ 'shop.order.v1': { table: 'shop_order_v1' } });
  expect(await folder.edi('lock', '--check')).toMatchObject({
    exitCode: 0,
    out: `${folder.path}/${lock} is current.\n`,
  });
});

test('a new column is written; --check only tells of it', async () => {
  const folder = await goodFolder();
  const before = folder.text(lock);
  folder.write({ 'shop/order.v1.json': schemaDocument(both) });
  const checked = await folder.edi('lock', '--check');
  expect(checked.exitCode).toBe(1);
  expect(checked.out).toContain('+ data.sum INT64 NULLABLE');
  expect(folder.text(lock)).toBe(before);
  expect((await folder.edi('lock')).exitCode).toBe(0);
  expect(folder.text(lock)).toContain('"sum"');
});

test('a lost column is refused, unless the type is named', async () => {
  const folder = await goodFolder();
  const before = folder.text(lock);
  folder.write({ 'shop/order.v1.json': schemaDocument(sum) });
  const refused = await folder.edi('lock', '--json');
  expect(refused.exitCode).toBe(1);
  expect(JSON.parse(refused.out)).toMatchObject({ written: false, refused: ['shop.order.v1'] });
  expect((await folder.edi('lock', '--allow-loss', 'shop.visit.v1')).exitCode).toBe(1);
  expect(folder.text(lock)).toBe(before);
  expect((await folder.edi('lock', '--allow-loss', 'shop.order.v1')).exitCode).toBe(0);
  expect(folder.text(lock)).not.toBe(before);
});

test('a treatment that changes is refused, and a lock knows of what is dropped', async () => {
  const member = (node: object) => ({
    ...schemaDocument({ ...goodSchema, open: true }),
    allOf: [{ properties: { remark: { description: 'What was typed', type: 'string', ...node } } }],
  });
  const folder = await goodFolder();
  const change = async (node: object, ...flags: string[]) => {
    folder.write({ 'shop/order.v1.json': member(node) });
    return folder.edi('lock', ...flags);
  };
  expect((await change({ treatment: { do: 'pseudonymize' } })).exitCode).toBe(0);
  expect(folder.read(lock)).toMatchObject({ 'shop.order.v1': { treatments: { remark: 'pseudonymize' } } });
  const refused = await change({});
  expect([refused.exitCode, refused.out]).toEqual([
    1,
    expect.stringContaining('data.remark: its treatment was "pseudonymize"'),
  ]);
  expect(JSON.parse((await change({}, '--json')).out)).toMatchObject({
    refused: ['shop.order.v1'],
    treatments: [{ type: 'shop.order.v1', column: 'remark', before: 'pseudonymize', after: '' }],
  });
  expect((await change({ treatment: { do: 'drop', column: 'STRING' } })).exitCode).toBe(0);
  expect((await change({})).exitCode).toBe(1);
  expect((await change({}, '--allow-loss', 'shop.order.v1')).exitCode).toBe(0);
  expect((await change({ treatment: { do: 'pseudonymize' } })).exitCode).toBe(1);
});

test('a type without its file is refused', async () => {
  const folder = await goodFolder();
  folder.remove('shop/order.v1.json');
  const { exitCode, out } = await folder.edi('lock');
  expect(exitCode).toBe(1);
  expect(out).toContain('table shop_order_v1 (shop.order.v1) has no schema any more');
});

test.each([
  ['no JSON', '{', /is not JSON; take the last released one from git/],
  ['no lock', '{"a.b.v1": 1}', /at \/a\.b\.v1: an entry is an object/],
])('a lock that is %s is not overwritten', async (_what, text, message) => {
  const folder = await goodFolder();
  folder.write({ [lock]: text });
  const { exitCode, err } = await folder.edi('lock');
  expect([exitCode, err]).toEqual([1, expect.stringMatching(message)]);
  expect(folder.text(lock)).toBe(text);
});

test('a schema that cannot be used is named', async () => {
  const folder = await goodFolder();
  folder.write({ 'shop/order.v1.json': [] });
  const { exitCode, err } = await folder.edi('lock');
  expect([exitCode, err]).toEqual([1, expect.stringMatching(/shop\/order\.v1\.json: .*`edi schema check` shows all/)]);
  expect(await edi(['lock', '--schemas', '/nowhere'])).toMatchObject({
    exitCode: 1,
    err: 'edi: /nowhere cannot be read: ENOENT\n',
  });
});

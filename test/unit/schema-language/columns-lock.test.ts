import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonValue } from '../../../shared/event/json.ts';
import { columnTypes } from '../../../shared/event-types/column.ts';
import { compareColumns, compareLocks } from '../../../shared/schema-language/column-change.ts';
import {
  formatColumnsLock,
  type LockedColumn,
  type LockedTable,
  lockOf,
  parseColumnsLock,
} from '../../../shared/schema-language/columns-lock.ts';
import { readSchemaFolder } from '../../../shared/schema-language/schema-folder.ts';
import { eventSchema, schemaDocument } from '../../helpers/schemas.ts';

const string = (name: string): LockedColumn => ({ name, type: 'STRING', mode: 'NULLABLE' });

test('the committed lock is current: `npm run -s edi -- schema lock` writes it', async () => {
  const folder = fileURLToPath(new URL('../../../schemas/', import.meta.url));
  const { schemas } = await readSchemaFolder(folder);
  expect(await readFile(`${folder}columns.lock.json`, 'utf8')).toBe(formatColumnsLock(lockOf(schemas)));
});

test('holds no type in alpha, which has no table of its own', () => {
  const inStage = (stage: string) => lockOf([eventSchema(schemaDocument({ edi: { stage } }))]);
  expect([...inStage('alpha').keys()]).toEqual([]);
  expect([...inStage('beta').keys()]).toEqual(['shop.order.v1']);
});

test('holds the whole table of each type, sorted by type', () => {
  const properties = { item: { type: 'object', properties: { ids: { type: 'array', items: { type: 'integer' } } } } };
  const lock = lockOf([
    eventSchema(schemaDocument({ type: 'shop.visit.v2' })),
    eventSchema(schemaDocument({ properties })),
  ]);
  expect([...lock.keys()]).toEqual(['shop.order.v1', 'shop.visit.v2']);
  const order = lock.get('shop.order.v1');
  expect(order?.table).toBe('shop_order_v1');
  expect(order?.columns[0]).toEqual({ name: 'event_key', type: 'STRING', mode: 'REQUIRED' });
  const ids = { name: 'ids', type: 'INT64', mode: 'REPEATED' };
  expect(order?.columns.at(-1)).toEqual({
    name: 'data',
    type: 'RECORD',
    mode: 'NULLABLE',
    fields: [{ name: 'item', type: 'RECORD', mode: 'NULLABLE', fields: [ids] }],
  });
});

const columns: fc.Arbitrary<LockedColumn[]> = fc.letrec<{ columns: LockedColumn[] }>((tie) => ({
  columns: fc.uniqueArray(
    fc.record({
      name: fc.oneof(fc.stringMatching(/^[a-z_]{1,8}$/), fc.stringMatching(/^[a-z_]{60,120}$/)),
      type: fc.constantFrom(...columnTypes),
      mode: fc.constantFrom('REQUIRED', 'NULLABLE', 'REPEATED'),
      fields: fc.oneof({ depthSize: 'small' }, fc.constant([string('x')]), tie('columns')),
    }),
    { minLength: 1, maxLength: 4, selector: ({ name }) => name },
  ),
})).columns;
const withFieldsOfRecords = (list: readonly LockedColumn[]): LockedColumn[] =>
  list.map(({ name, type, mode, fields }) =>
    type === 'RECORD' ? { name, type, mode, fields: withFieldsOfRecords(fields ?? []) } : { name, type, mode },
  );

test('what is written is read back, whatever the columns', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), columns), (tables) => {
      const lock = new Map<string, LockedTable>(
        Object.entries(tables).map(([type, list]) => [type, { table: 't', columns: withFieldsOfRecords(list) }]),
      );
      const parsed: JsonValue = JSON.parse(formatColumnsLock(lock));
      expect(parseColumnsLock(parsed)).toEqual({ kind: 'lock', lock });
    }),
  );
});

test.each<[string, JsonValue, string]>([
  ['no object', [], ''],
  ['an entry without a table', { 'a.b.v1': { columns: [{ name: 'x', type: 'STRING', mode: 'NULLABLE' }] } }, '/a.b.v1'],
  ['no columns', { 'a.b.v1': { table: 't', columns: [] } }, '/a.b.v1/columns'],
  [
    'an unknown type',
    { 'a.b.v1': { table: 't', columns: [{ name: 'x', type: 'FOO', mode: 'NULLABLE' }] } },
    '/a.b.v1/columns/0',
  ],
  [
    'a RECORD without fields',
    { 'a.b.v1': { table: 't', columns: [{ name: 'x', type: 'RECORD', mode: 'NULLABLE' }] } },
    '/a.b.v1/columns/0/fields',
  ],
])('a lock with %s is refused, and says where', (_what, value, pointer) => {
  const result = parseColumnsLock(value);
  expect(result.kind === 'bad' && result.problems.map((problem) => problem.pointer)).toEqual([pointer]);
});

describe('changes of columns', () => {
  const record = (fields: LockedColumn[]): LockedColumn => ({ name: 'data', type: 'RECORD', mode: 'NULLABLE', fields });
  const required: LockedColumn = { name: 'x', type: 'STRING', mode: 'REQUIRED' };

  test.each<[string, LockedColumn[], LockedColumn[], object[]]>([
    ['none, in another order', [string('a'), string('b')], [string('b'), string('a')], []],
    [
      'added',
      [record([string('a')])],
      [record([string('a'), string('b')])],
      [{ kind: 'added', path: 'data.b', after: 'STRING NULLABLE', inPlace: true }],
    ],
    [
      'added, repeated',
      [],
      [{ ...string('a'), mode: 'REPEATED' }],
      [{ kind: 'added', path: 'a', after: 'STRING REPEATED', inPlace: true }],
    ],
    ['added, required', [], [required], [{ kind: 'added', path: 'x', after: 'STRING REQUIRED', inPlace: false }]],
    [
      'added, with a required one inside',
      [],
      [record([required])],
      [{ kind: 'added', path: 'data', after: 'RECORD NULLABLE', inPlace: false, columns: 1 }],
    ],
    [
      'lost',
      [record([string('a'), string('b')])],
      [record([string('b')])],
      [{ kind: 'lost', path: 'data.a', before: 'STRING NULLABLE', inPlace: false }],
    ],
    [
      'retyped',
      [string('a')],
      [{ ...string('a'), type: 'JSON' }],
      [{ kind: 'retyped', path: 'a', before: 'STRING NULLABLE', after: 'JSON NULLABLE', inPlace: false }],
    ],
    [
      'required no more',
      [required],
      [string('x')],
      [{ kind: 'mode-changed', path: 'x', before: 'STRING REQUIRED', after: 'STRING NULLABLE', inPlace: true }],
    ],
    [
      'required from now on',
      [string('x')],
      [required],
      [{ kind: 'mode-changed', path: 'x', before: 'STRING NULLABLE', after: 'STRING REQUIRED', inPlace: false }],
    ],
    [
      'repeated from now on',
      [string('x')],
      [{ ...string('x'), mode: 'REPEATED' }],
      [{ kind: 'mode-changed', path: 'x', before: 'STRING NULLABLE', after: 'STRING REPEATED', inPlace: false }],
    ],
  ])('%s', (_what, before, after, changes) => {
    expect(compareColumns(before, after)).toEqual(changes);
  });

  test('of tables: a new one is all new columns, a lost one is never in place', () => {
    const [a, b] = [
      { table: 'a', columns: [string('x')] },
      { table: 'b', columns: [string('y')] },
    ];
    const changes = compareLocks(new Map([['a', a]]), new Map([['b', b]]));
    expect(changes.map(({ type, kind, inPlace }) => [type, kind, inPlace])).toEqual([
      ['a', 'lost', false],
      ['b', 'added', true],
    ]);
    expect(compareLocks(new Map([['a', a]]), new Map([['a', a]]))).toEqual([]);
  });
});

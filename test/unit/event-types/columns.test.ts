import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../../shared/event/json.ts';
import { mapPayload } from '../../../shared/event-types/columns.ts';
import { columnName, noColumnText } from '../../../shared/event-types/mapping/names.ts';
import { envelopeColumns, tableColumns, tableName } from '../../../shared/event-types/table.ts';
import { schemaDocument } from '../../helpers/schemas.ts';
import { columnsOf, problemsOf, shapeOf } from './payload-columns.ts';

test.each([
  ['_PARTITIONTIME', /BigQuery reserves names that begin with _PARTITION;/],
  ['_table_suffix', /BigQuery reserves names that begin with _TABLE_;/],
  ['__root__', /BigQuery reserves names that begin with __ROOT__;/],
  ['__proto__', /reserved by JavaScript/],
  ['1st', /begins with a digit/],
  ['x'.repeat(301), /301 characters; BigQuery takes 300/],
  ['+1', /use letters, digits and _/],
])('%s is refused as a column with the reason that it has', (property, reason) => {
  expect(columnName(property)).toBeUndefined();
  expect(noColumnText(property)).toMatch(reason);
});

describe('types', () => {
  test.each<[JsonValue, string]>([
    [{ type: 'string' }, 'STRING'],
    [{ type: 'string', format: 'date-time' }, 'TIMESTAMP'],
    [{ type: 'string', format: 'date' }, 'DATE'],
    [{ type: 'string', format: 'uuid' }, 'STRING'],
    [{ type: 'integer' }, 'INT64'],
    [{ type: 'number' }, 'FLOAT64'],
    [{ type: ['integer', 'number'] }, 'FLOAT64'],
    [{ type: 'boolean' }, 'BOOL'],
    [{ enum: ['a', 'b'] }, 'STRING'],
    [{ enum: [1, 2.5] }, 'FLOAT64'],
    [{ enum: [1, 2] }, 'INT64'],
    [{ const: true }, 'BOOL'],
    [{ type: 'object', properties: { b: { type: 'string' } } }, 'RECORD'],
    [{ type: 'array', items: { type: 'string' } }, 'STRING REPEATED'],
    [{ type: 'array', items: { type: 'object', properties: { b: { type: 'string' } } } }, 'RECORD REPEATED'],
    [{ allOf: [{ type: 'string' }] }, 'STRING'],
    [{ type: 'string', not: { const: 'a' } }, 'STRING'],
    [{ anyOf: [{ type: 'integer' }, { type: 'number' }] }, 'FLOAT64'],
    [{ oneOf: [{ type: 'string', format: 'date' }, { type: 'string' }] }, 'STRING'],
    [{ anyOf: [{ required: ['b'] }], type: 'object', properties: { b: { type: 'string' } } }, 'RECORD'],
  ])('%j has the type of its own', (node, shape) => {
    expect(shapeOf(node)).toBe(shape);
  });

  test.each<[JsonValue, string]>([
    [{ type: ['string', 'null'] }, 'STRING'],
    [{ type: ['string', 'null'], format: 'date-time' }, 'TIMESTAMP'],
    [{ enum: ['a', null] }, 'STRING'],
    [{ anyOf: [{ type: 'integer' }, { type: 'null' }] }, 'INT64'],
    [{ oneOf: [{ type: 'null' }, { type: 'boolean' }] }, 'BOOL'],
    [{ anyOf: [{ $ref: '#/$defs/when' }, { type: 'null' }] }, 'TIMESTAMP'],
    [{ anyOf: [{ anyOf: [{ type: 'integer' }, { type: 'null' }] }, { type: 'null' }] }, 'INT64'],
    [{ type: ['object', 'null'], properties: { b: { type: 'string' } } }, 'RECORD'],
    [{ type: ['array', 'null'], items: { type: 'integer' } }, 'INT64 REPEATED'],
  ])('%j is nullable and has its type', (node, shape) => {
    expect(shapeOf(node, { when: { type: 'string', format: 'date-time' } })).toBe(shape);
  });

  test.each<JsonValue>([
    {},
    { type: 'object' },
    { type: 'object', properties: {} },
    { type: 'object', additionalProperties: { type: 'string' } },
    { type: ['string', 'integer'] },
    { type: 'array' },
    { type: 'array', items: { type: 'array', items: { type: 'string' } } },
    { type: 'array', items: { type: ['string', 'null'] } },
    { type: 'array', items: { anyOf: [{ type: 'string' }, { type: 'null' }] } },
    { type: 'array', items: {} },
    { type: 'array', items: { type: 'object' } },
    { type: 'array', prefixItems: [{ type: 'string' }], items: { type: 'string' } },
    { anyOf: [{ type: 'string' }, { type: 'integer' }] },
    { enum: ['a', 1] },
    { type: 'null' },
  ])('%j is free-form: JSON', (node) => {
    expect(shapeOf(node)).toBe('JSON');
  });
});

describe('$ref', () => {
  const person = { type: 'object', description: 'Somebody', properties: { name: { type: 'string' } } };

  test('is followed, through others, and keywords beside it win', () => {
    const [column] = columnsOf(
      { a: { $ref: '#/$defs/b', description: 'The buyer' } },
      { b: { $ref: '#/$defs/c' }, c: person },
    );
    expect(column).toMatchObject({ name: 'a', type: 'RECORD', description: 'The buyer' });
    expect(column?.fields).toEqual([{ name: 'name', property: 'name', type: 'STRING', mode: 'NULLABLE' }]);
    expect(columnsOf({ a: { $ref: '#/$defs/c' } }, { c: person })[0]?.description).toBe('Somebody');
    expect(shapeOf({ $ref: '#/$defs/x~1y~0z' }, { 'x/y~z': { type: 'integer' } })).toBe('INT64');
  });

  test.each(['https://example.com/person.json', 'person.json#/x', '#person', '#/$defs/missing', '#/$defs/circle'])(
    '%s is refused',
    ($ref) => {
      const problems = problemsOf({ a: { $ref } }, { circle: { $ref: '#/$defs/circle' } });
      expect(problems).toEqual([expect.stringMatching(/^\/properties\/a: .*\$ref.*same file/)]);
    },
  );

  test('that repeats a shape inside itself ends in a JSON column where it does', () => {
    const columns = columnsOf(
      { tree: { $ref: '#/$defs/tree' } },
      { tree: { type: 'object', properties: { name: { type: 'string' }, child: { $ref: '#/$defs/tree' } } } },
    );
    expect(columns[0]?.fields?.map(({ name, type }) => [name, type])).toEqual([
      ['name', 'STRING'],
      ['child', 'JSON'],
    ]);
  });

  test('that multiplies itself is refused instead of taking for ever', () => {
    const level = (next: number): JsonObject => ({
      type: 'object',
      properties: Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`p${at}`, { $ref: `#/$defs/l${next}` }])),
    });
    const $defs = Object.fromEntries(Array.from({ length: 14 }, (_, at) => [`l${at}`, level(at + 1)]));
    const problems = problemsOf({ a: { $ref: '#/$defs/l0' } }, { ...$defs, l14: { type: 'string' } });
    expect(problems).toEqual([expect.stringContaining('9900 columns')]);
  });

  test('is combined with what stands beside it', () => {
    const $defs = { named: { type: 'object', properties: { name: { type: 'string' } } } };
    const [column] = columnsOf({ a: { $ref: '#/$defs/named', properties: { age: { type: 'integer' } } } }, $defs);
    expect(column?.fields?.map(({ name }) => name)).toEqual(['age', 'name']);
  });
});

describe('alternatives', () => {
  test('in which a property is not declared leave it any value: JSON', () => {
    const properties = { b: { type: 'string' } };
    const record = { type: 'object', properties, anyOf: [{ properties: { c: { type: 'integer' } } }, {}] };
    expect(columnsOf({ a: record })[0]?.fields?.map(({ type }) => type)).toEqual(['STRING', 'JSON']);
    const closed = { properties: {}, additionalProperties: false };
    const exclusive = { type: 'object', properties, anyOf: [{ properties: { c: { type: 'integer' } } }, closed] };
    expect(columnsOf({ a: exclusive })[0]?.fields?.map(({ type }) => type)).toEqual(['STRING', 'INT64']);
  });

  describe('that are closed by unevaluatedProperties', () => {
    const open: JsonObject[] = [
      { allOf: [{ patternProperties: { '^c': { type: 'string' } } }] },
      { anyOf: [{ $ref: '#/$defs/map' }, { maxProperties: 1 }] },
      { dependentSchemas: { b: { unevaluatedProperties: { type: 'string' } } } },
      // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema
      { if: { properties: { c: { type: 'string' } } }, then: { required: ['b'] } },
    ];
    const closed: JsonObject[] = [
      {},
      { $ref: '#/$defs/record' },
      { allOf: [{ properties: { d: { type: 'string' } } }, { $ref: '#/$defs/record' }] },
    ];
    const $defs = {
      map: { type: 'object', additionalProperties: { type: 'string' } },
      record: { type: 'object', properties: { b: { type: 'string' } }, additionalProperties: false },
    };
    const typeBeside = (beside: JsonObject) => {
      const properties = { b: { type: 'string' } };
      const other = { properties, unevaluatedProperties: false, ...beside };
      const anyOf = [{ properties: { c: { type: 'integer' } }, required: ['c'] }, other];
      const [column] = columnsOf({ a: { type: 'object', properties, anyOf } }, $defs);
      return column?.fields?.find(({ name }) => name === 'c')?.type;
    };

    test.each(open)('%j lets pass what other alternatives declare', (beside) => {
      expect(typeBeside(beside)).toBe('JSON');
    });

    test.each(closed)('%j lets pass no more than they declare', (beside) => {
      expect(typeBeside(beside)).toBe('INT64');
    });
  });

  test('of different treatments for one value are refused', () => {
    const name = { type: 'string', treatment: { do: 'drop' } };
    const node = { type: 'object', properties: { name: { type: 'string' } } };
    // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema
    const conditional = { ...node, if: { required: ['x'] }, then: { properties: { name } } };
    expect(problemsOf({ a: conditional })).toEqual([expect.stringContaining('different treatments')]);
    expect(problemsOf({ a: { anyOf: [{ type: 'string' }, name] } })).toEqual([
      expect.stringContaining('different treatments'),
    ]);
  });
});

describe('names', () => {
  test.each([
    ['name', 'name'],
    ['orderId', 'order_id'],
    ['HTTPServer2Name', 'http_server2_name'],
    ['full-name', 'full_name'],
    ['a.b/c:d e', 'a_b_c_d_e'],
    ['_private', '_private'],
    ['+1', undefined],
    ['1st', undefined],
    ['größe', undefined],
    ['__PROTO__', undefined],
    ['__proto__x', '__proto__x'],
    ['', undefined],
    ['a'.repeat(301), undefined],
  ])('%j becomes %j', (property, name) => {
    expect(columnName(property)).toBe(name);
  });

  test('that collide, or make no column, are refused where they stand', () => {
    const node = { type: 'string' };
    expect(problemsOf({ orderId: node, order_id: node })).toEqual([
      '/properties/order_id: "order_id" and "orderId" would share the column order_id; rename one of them',
    ]);
    expect(problemsOf({ a: { type: 'object', properties: { '+1': node } } })).toEqual([
      '/properties/a/properties/+1: "+1" makes no column name; use letters, digits and _',
    ]);
    expect(problemsOf({ 'a/b~c': { $ref: '#x' } })[0]).toMatch(/^\/properties\/a~1b~0c: /);
  });

  test('may repeat in another record, or where the other is dropped', () => {
    const node = { type: 'string' };
    expect(problemsOf({ id: node, a: { type: 'object', properties: { id: node } } })).toEqual([]);
    expect(problemsOf({ orderId: node, order_id: { ...node, treatment: { do: 'drop' } } })).toEqual([]);
  });
});

describe('the table', () => {
  test('begins with the envelope and holds the payload in one RECORD', () => {
    const mapped = mapPayload(schemaDocument({ properties: { event_key: { type: 'string' } } }));
    if ('problems' in mapped) throw new Error('bad');
    const columns = tableColumns(mapped);
    expect(columns.slice(0, -1)).toEqual(envelopeColumns);
    expect(columns.at(-1)).toMatchObject({ name: 'data', type: 'RECORD', fields: mapped.columns });
    expect(tableColumns({ columns: [], declared: new Set() })).toEqual(envelopeColumns);
  });

  test('is named after the type', () => {
    expect(tableName('github.pull-request.v2')).toBe('github_pull_request_v2');
    expect(() => tableName('github')).toThrow(TypeError);
  });
});

test('a dropped property keeps a column where its treatment says so, in a list too', () => {
  const kept = { type: 'string', treatment: { do: 'drop', column: 'STRING' } };
  expect(shapeOf(kept)).toBe('STRING');
  expect(shapeOf({ type: 'array', items: kept })).toBe('STRING REPEATED');
  expect(columnsOf({ a: { type: 'string', treatment: { do: 'drop' } } })).toEqual([]);
  expect(problemsOf({ a: { type: 'string', treatment: { do: 'drop', column: 'RECORD' } } })).toEqual([
    expect.stringMatching(/^\/properties\/a\/treatment: "column" is the type/),
  ]);
});

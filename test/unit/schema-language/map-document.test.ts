import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../../shared/event/json.ts';
import type { MappingPolicies } from '../../../shared/event-types/mapping/policies.ts';
import { mapDocument, type TableField } from '../../../shared/schema-language/map-document.ts';

const draft04 = 'http://json-schema.org/draft-04/schema#';
const draft07 = 'http://json-schema.org/draft-07/schema#';

/** `name type`, with the mode where it is another than NULLABLE, and nested columns in brackets. */
function text(fields: readonly TableField[]): string {
  return fields
    .map(({ name, type, mode, fields: nested }) => {
      const inner = nested === undefined ? '' : `(${text(nested)})`;
      return `${name} ${type}${inner}${mode === 'NULLABLE' ? '' : `[${mode}]`}`;
    })
    .join(', ');
}

function columnOf(property: JsonValue, policies: Partial<MappingPolicies> = {}, more: JsonObject = {}) {
  const schema = { type: 'object', properties: { a: property }, ...more };
  const { fields, notes } = mapDocument(schema, { policies });
  return { columns: text(fields), reasons: notes.map(({ reason }) => reason) };
}

describe('a property becomes', () => {
  const object = { type: 'object', properties: { x: { type: 'string' } } };
  test.each<[string, JsonValue, string, string[]]>([
    ['a STRING', { type: 'string' }, 'a STRING', []],
    ['a TIMESTAMP', { type: 'string', format: 'date-time' }, 'a TIMESTAMP', []],
    ['a DATE', { type: 'string', format: 'date' }, 'a DATE', []],
    ['a STRING of another format', { type: 'string', format: 'time' }, 'a STRING', []],
    ['an INT64', { type: 'integer' }, 'a INT64', []],
    ['a FLOAT64 of numbers and integers', { type: ['integer', 'number'] }, 'a FLOAT64', []],
    ['a BOOL that may be null', { type: ['null', 'boolean'] }, 'a BOOL', []],
    ['the type of its alternative beside null', { anyOf: [{ type: 'null' }, { type: 'integer' }] }, 'a INT64', []],
    ['the type of its values', { enum: ['x', 'y', null] }, 'a STRING', []],
    ['the type of its only value', { const: 3 }, 'a INT64', []],
    ['a RECORD', object, 'a RECORD(x STRING)', []],
    [
      'a RECORD of all parts',
      { allOf: [object, { properties: { y: { type: 'integer' } } }] },
      'a RECORD(x STRING, y INT64)',
      [],
    ],
    ['a REPEATED column', { type: 'array', items: { type: 'number' } }, 'a FLOAT64[REPEATED]', []],
    ['a REPEATED RECORD', { type: 'array', items: object }, 'a RECORD(x STRING)[REPEATED]', []],
    ['JSON of two types', { type: ['string', 'integer'] }, 'a JSON', ['union']],
    ['JSON of anything', {}, 'a JSON', ['free-form']],
    ['JSON of true', true, 'a JSON', ['free-form']],
    ['no column of false', false, '', ['never']],
    ['JSON of a map', { type: 'object', additionalProperties: { type: 'integer' } }, 'a JSON', ['map']],
    [
      'JSON of lists of lists',
      { type: 'array', items: { type: 'array', items: { type: 'string' } } },
      'a JSON',
      ['array-of-arrays'],
    ],
    ['JSON of lists with nulls', { type: 'array', items: { type: ['string', 'null'] } }, 'a JSON', ['nullable-items']],
    ['JSON of a tuple', { type: 'array', prefixItems: [{ type: 'string' }] }, 'a JSON', ['tuple']],
    ['JSON of integers beyond 64 bits', { type: 'integer', maximum: 1e30 }, 'a JSON', ['integer-range']],
    ['JSON of null alone', { type: 'null' }, 'a JSON', ['only-null']],
    ['JSON of a reference to nothing', { $ref: '#/nowhere' }, 'a JSON', ['reference']],
  ])('%s', (_, property, columns, reasons) => {
    expect(columnOf(property)).toEqual({ columns, reasons });
  });

  test('a column once, however often it is inside itself', () => {
    const tree = {
      type: 'object',
      properties: { v: { type: 'string' }, children: { type: 'array', items: { $ref: '#/$defs/tree' } } },
    };
    const { columns, reasons } = columnOf({ $ref: '#/$defs/tree' }, {}, { $defs: { tree } });
    expect(columns).toBe('a RECORD(v STRING, children JSON)');
    expect(reasons).toEqual(['recursive']);
  });
});

describe('policies', () => {
  test('maps as entries', () => {
    const map = { type: 'object', additionalProperties: { type: 'integer' } };
    expect(columnOf(map, { maps: 'entries' }).columns).toBe('a RECORD(key STRING, value INT64)[REPEATED]');
  });

  test('unions as text', () => {
    expect(columnOf({ type: ['string', 'integer'] }, { unions: 'string' }).columns).toBe('a STRING');
  });

  test('names', () => {
    const schema = {
      type: 'object',
      properties: { userId: { type: 'string' }, '+1': { type: 'integer' }, user_id: { type: 'string' } },
    };
    expect(text(mapDocument(schema).fields)).toBe('user_id STRING, _1 INT64, user_id_2 STRING');
    expect(text(mapDocument(schema, { policies: { names: 'keep' } }).fields)).toBe(
      'userId STRING, _1 INT64, user_id STRING',
    );
  });

  test('the whole table has the envelope first and the payload in data', () => {
    const { fields } = mapDocument({ type: 'object', properties: { a: { type: 'string' } } }, { wholeTable: true });
    expect(fields[0]).toMatchObject({ name: 'event_key', mode: 'REQUIRED' });
    expect(text(fields.slice(-1))).toBe('data RECORD(a STRING)');
  });
});

describe('older drafts', () => {
  test.each<[string, JsonObject, string]>([
    ['a tuple of draft 07', { $schema: draft07, type: 'array', items: [{ type: 'string' }] }, 'a JSON'],
    ['definitions', { $ref: '#/definitions/s' }, 'a STRING'],
    ['a flag of draft 04', { type: 'integer', minimum: 0, exclusiveMinimum: true }, 'a INT64'],
  ])('%s', (_, property, columns) => {
    expect(columnOf(property, {}, { $schema: draft04, definitions: { s: { type: 'string' } } }).columns).toBe(columns);
  });
});

describe('what is no object', () => {
  test.each<[string, JsonValue, string]>([
    ['a list', { type: 'array', items: { type: 'string' } }, 'data STRING[REPEATED]'],
    ['a text', { type: 'string' }, 'data STRING'],
    ['anything', {}, 'data JSON'],
    ['true', true, 'data JSON'],
  ])('%s has one column', (_, schema, columns) => {
    expect(text(mapDocument(schema).fields)).toBe(columns);
  });

  test.each<[string, JsonValue]>([
    ['a number', 3],
    ['null', null],
    ['a list', []],
  ])('%s is no schema', (_, schema) => {
    expect(mapDocument(schema)).toEqual({
      readable: false,
      fields: [],
      notes: [{ pointer: '', reason: 'not-a-schema', message: expect.any(String) }],
    });
  });
});

test('columns beyond what a table holds: the deepest become JSON', () => {
  const leaves = Object.fromEntries(Array.from({ length: 120 }, (_, at) => [`p${at}`, { type: 'string' }]));
  const records = Object.fromEntries(
    Array.from({ length: 120 }, (_, at) => [`r${at}`, { type: 'object', properties: leaves }]),
  );
  const { fields, notes } = mapDocument({ type: 'object', properties: records });
  expect(fields).toHaveLength(120);
  expect(fields.every(({ type }) => type === 'JSON')).toBe(true);
  expect(notes.some(({ reason }) => reason === 'too-deep' || reason === 'too-many-columns')).toBe(true);
});

test('notes say where a thing was written, also in another file', () => {
  const readFile = () => ({ kind: 'value', value: { type: 'object', properties: { x: {} } } }) as const;
  const { notes } = mapDocument(
    { properties: { a: { $ref: 'part.json' } } },
    { document: { readFile, file: 'main.json' } },
  );
  expect(notes).toContainEqual(expect.objectContaining({ pointer: 'part.json#/properties/x', reason: 'free-form' }));
});

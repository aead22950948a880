import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../../shared/event/json.ts';
import { localReference } from '../../../shared/event/json-pointer.ts';
import { compareSchemas } from '../../../shared/schema-language/compat/compare.ts';
import {
  type ReadDocumentOptions,
  readSchemaDocument,
  type SchemaDocument,
} from '../../../shared/schema-language/document/read-document.ts';

const draft04 = 'http://json-schema.org/draft-04/schema#';
const draft07 = 'http://json-schema.org/draft-07/schema#';
const draft2019 = 'https://json-schema.org/draft/2019-09/schema';
const draft2020 = 'https://json-schema.org/draft/2020-12/schema';

function read(value: JsonValue, options: ReadDocumentOptions = {}): SchemaDocument {
  const result = readSchemaDocument(value, options);
  if (result.kind === 'bad') throw new Error(result.problems.map(({ message }) => message).join('; '));
  return result.document;
}

const rootOf = (value: JsonValue) => read(value).root;

function readFiles(files: Readonly<Record<string, JsonObject>>, file = 'main.json') {
  const readFile = (path: string) => {
    const value = files[path];
    return value === undefined ? undefined : ({ kind: 'value', value } as const);
  };
  return read(files[file] ?? {}, { readFile, file });
}

describe('keywords of older drafts', () => {
  test.each<[string, JsonValue, JsonValue]>([
    [
      'a flag beside a bound',
      { $schema: draft04, minimum: 5, exclusiveMinimum: true, maximum: 9, exclusiveMaximum: false },
      { exclusiveMinimum: 5, maximum: 9 },
    ],
    [
      'a tuple',
      { $schema: draft07, items: [{ type: 'string' }], additionalItems: { minimum: 1, type: 'integer' } },
      { prefixItems: [{ type: 'string' }], items: { minimum: 1, type: 'integer' } },
    ],
    [
      'additionalItems without a tuple',
      { items: { type: 'string' }, additionalItems: false },
      { items: { type: 'string' } },
    ],
    [
      'dependencies',
      { $schema: draft07, dependencies: { a: ['b'], c: { required: ['d'] } } },
      { dependentRequired: { a: ['b'] }, dependentSchemas: { c: { required: ['d'] } } },
    ],
    ['names', { $id: 'https://example.com/x', $anchor: 'top', $schema: draft2020, type: 'string' }, { type: 'string' }],
    ['a keyword that the draft did not have', { $schema: draft04, const: 1, type: 'integer' }, { type: 'integer' }],
    [
      'references that the draft did not have',
      { $schema: draft07, items: { $recursiveRef: '#' }, not: { $dynamicRef: '#' } },
      { items: {}, not: {} },
    ],
    [
      'the dynamic reference of the draft after',
      { $schema: draft2019, items: { $dynamicRef: '#', type: 'string' } },
      { items: { type: 'string' } },
    ],
    ['the same without a draft', { const: 1, exclusiveMinimum: true, minimum: 0 }, { const: 1, exclusiveMinimum: 0 }],
  ])('%s', (_, value, expected) => {
    expect(rootOf(value)).toEqual(expected);
  });

  test('what stands beside a $ref counts from 2019-09 on', () => {
    const properties = { a: { $ref: '#/$defs/s', maxLength: 3, description: 'kept' } };
    const $defs = { s: { type: 'string' } };
    expect(rootOf({ $schema: draft07, properties, $defs })).toEqual({
      properties: { a: { $ref: '#/$defs/s', description: 'kept' } },
      $defs,
    });
    expect(rootOf({ $schema: draft2020, properties, $defs })).toEqual({ properties, $defs });
  });

  test('an unknown $schema is a notice', () => {
    const { draft, notices, root } = read({ $schema: 'http://example.com/self-desc#', type: 'string' });
    expect([draft, root]).toEqual(['2020-12', { type: 'string' }]);
    expect(notices).toEqual([{ pointer: '/$schema', message: expect.stringContaining('names no draft') }]);
  });

  test('keys that JavaScript gives a meaning are names like others', () => {
    const value = JSON.parse('{"properties":{"__proto__":{"type":"string"},"constructor":{"type":"integer"}}}');
    expect(JSON.stringify(rootOf(value))).toBe(JSON.stringify(value));
  });

  test('literals are left alone, also when they look like schemas', () => {
    const value = { enum: [{ $ref: '#/nowhere', items: [1] }], default: { $id: 'x' } };
    expect(rootOf(value)).toEqual(value);
  });
});

describe('references', () => {
  const follow = (document: SchemaDocument, reference: JsonValue | undefined) =>
    localReference(document.root, reference);
  const refOf = ({ root }: SchemaDocument, name: string) => {
    const node = localReference(root, `#/properties/${name}`);
    return typeof node === 'object' && node !== null && !Array.isArray(node) ? node['$ref'] : undefined;
  };

  test.each<[string, JsonObject]>([
    ['a pointer', { properties: { a: { $ref: '#/definitions/s' } }, definitions: { s: { type: 'string' } } }],
    ['an anchor', { properties: { a: { $ref: '#s' } }, $defs: { x: { $anchor: 's', type: 'string' } } }],
    [
      'an id that is a fragment',
      { properties: { a: { $ref: '#s' } }, definitions: { x: { $id: '#s', type: 'string' } } },
    ],
    [
      'an embedded id',
      {
        $id: 'https://a.example/root',
        properties: { a: { $ref: 's.json' } },
        $defs: { x: { $id: 's.json', type: 'string' } },
      },
    ],
    [
      'a percent-encoded pointer',
      { properties: { a: { $ref: '#/$defs/a%25b~1c' } }, $defs: { 'a%b/c': { type: 'string' } } },
    ],
    [
      'a place under an unknown keyword',
      { properties: { a: { $ref: '#/common/s' } }, common: { s: { type: 'string' } } },
    ],
    ['into a tuple', { properties: { a: { $ref: '#/items/0' } }, items: [{ type: 'string' }] }],
  ])('by %s', (_, value) => {
    const document = read(value);
    expect(document.problems).toEqual([]);
    expect(follow(document, refOf(document, 'a'))).toMatchObject({ type: 'string' });
  });

  test('a schema that refers to itself', () => {
    const document = read({ properties: { next: { $ref: '#' } } });
    expect(document.root).toEqual({ properties: { next: { $ref: '#' } } });
  });

  test('other files, relative to the file or to the base folder, and into one another', () => {
    const document = readFiles(
      {
        'events/main.json': {
          properties: {
            a: { $ref: 'part.json#/$defs/s' },
            b: { $ref: 'common/user.json' },
            c: { $ref: '../common/user.json' },
          },
        },
        'events/part.json': { $defs: { s: { type: 'string' } } },
        'common/user.json': {
          $id: 'common/user.json',
          properties: { boss: { $ref: 'common/user.json' }, me: { $ref: '#' } },
        },
      },
      'events/main.json',
    );
    expect(document.problems).toEqual([]);
    expect(follow(document, refOf(document, 'a'))).toEqual({ type: 'string' });
    expect(refOf(document, 'b')).toBe(refOf(document, 'c'));
    const user = follow(document, refOf(document, 'b'));
    expect(user).toEqual({ properties: { boss: { $ref: refOf(document, 'b') }, me: { $ref: refOf(document, 'b') } } });
    const pointer = `${String(refOf(document, 'b')).slice(1)}/properties/me`;
    expect(document.origin(pointer)).toEqual({ file: 'common/user.json', pointer: '/properties/me' });
  });

  test.each([
    ['https://example.com/x.json', 'network'],
    ['//example.com/x.json', 'network'],
    ['../../secret.json', 'out of the base folder'],
    ['/etc/passwd', 'out of the base folder'],
    ['absent.json', 'no file'],
    ['#/nothing/here', 'leads to nothing'],
    ['#nobody', 'no anchor'],
    ['#/%zz', 'percent-encoded'],
  ])('%s is a problem', (reference, message) => {
    const { problems, root } = readFiles({ 'main.json': { properties: { a: { $ref: reference } } } });
    expect(problems).toEqual([{ pointer: '/properties/a/$ref', message: expect.stringContaining(message) }]);
    expect(root).toEqual({ properties: { a: { $ref: reference } } });
  });

  test('says where a part of a rewritten schema stood', () => {
    const document = read({ properties: { a: { items: [{ type: 'string' }] } } });
    expect(document.origin('/properties/a/prefixItems/0/type')).toEqual({ pointer: '/properties/a/items/0/type' });
  });
});

describe('what is no schema', () => {
  test.each<[string, JsonValue]>([
    ['text', 'x'],
    ['a list', []],
    ['null', null],
  ])('%s', (_, value) => {
    expect(readSchemaDocument(value)).toMatchObject({ kind: 'bad' });
  });

  test('nesting of 2,000', () => {
    let value: JsonValue = {};
    for (let depth = 0; depth < 2_000; depth++) value = { not: value };
    expect(readSchemaDocument(value)).toMatchObject({ problems: [{ message: expect.stringContaining('nested') }] });
  });
});

describe('a dynamic reference', () => {
  const names = (own: JsonObject, any: JsonObject): JsonObject => ({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'https://ex.invalid/names',
    $ref: 'https://ex.invalid/list',
    $defs: {
      own,
      list: { $id: 'https://ex.invalid/list', type: 'array', items: { $dynamicRef: '#T' }, $defs: { any } },
    },
  });
  const compare = (old: JsonObject, next: JsonObject) => compareSchemas(old, next, { witness: true });
  const any = { $dynamicAnchor: 'T' };

  test('means what the document itself calls so, however far inside it stands', () => {
    const [open, text] = [names({ $dynamicAnchor: 'T' }, any), names({ $dynamicAnchor: 'T', type: 'string' }, any)];
    expect(compare(open, text)).toMatchObject({ compatible: false, witness: [null] });
    expect(compare(text, open).compatible).toBe(true);
  });

  test('means what the resource calls so, where nobody else does', () => {
    const [open, text] = [names({}, any), names({}, { $dynamicAnchor: 'T', type: 'string' })];
    expect(compare(open, text)).toMatchObject({ compatible: false, witness: [null] });
  });

  test('is not decided where the way there decides, but in equal documents', () => {
    const many = (more: JsonObject): JsonObject => ({
      ...names({ $id: 'https://ex.invalid/other', $defs: { t: { $dynamicAnchor: 'T', ...more } } }, any),
    });
    expect(compare(many({}), many({})).compatible).toBe(true);
    expect(compare(many({}), many({ type: 'string' }))).toMatchObject({ compatible: false, undecided: true });
  });

  test('of 2019-09 is the recursion of the outermost document', () => {
    const tree = (more: JsonObject): JsonObject => ({
      $schema: 'https://json-schema.org/draft/2019-09/schema',
      $id: 'https://ex.invalid/strict',
      $recursiveAnchor: true,
      $ref: 'https://ex.invalid/tree',
      ...more,
      $defs: {
        tree: {
          $id: 'https://ex.invalid/tree',
          $recursiveAnchor: true,
          type: 'object',
          properties: { child: { $recursiveRef: '#' } },
        },
      },
    });
    const { compatible, witness } = compare(tree({}), tree({ properties: { child: { required: ['x'] } } }));
    expect([compatible, witness]).toEqual([false, { child: {} }]);
  });
});

test.each<[string, JsonObject]>([
  [
    'draft 07 does not know',
    { $schema: 'http://json-schema.org/draft-07/schema#', properties: { a: { deprecated: 'use b' } } },
  ],
  ['no draft is named for', { properties: { a: { deprecated: 'use b', examples: 'x', readOnly: 'no' } } }],
])('annotations that %s are no fault of a schema', (_what, schema) => {
  expect(compareSchemas(schema, schema).compatible).toBe(true);
});

test('a schema of a large real one is decided, and a limit that is met is named', () => {
  const options = (count: number, type: string) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`option${i}`, { description: 'x', type }]));
  const large = (type: string): JsonObject => ({
    properties: Object.fromEntries(
      Array.from({ length: 60 }, (_, i) => [`manager${i}`, { properties: options(100, i === 7 ? type : 'string') }]),
    ),
  });
  expect(compareSchemas(large('string'), large('string'))).toMatchObject({ compatible: true, changes: [] });
  expect(compareSchemas(large('string'), large('integer'))).toMatchObject({ compatible: false, undecided: false });
  const wide = (type: string): JsonObject => ({ properties: options(6_000, type) });
  expect(compareSchemas(wide('string'), wide('integer')).changes[0]?.message).toContain('5000 objects side by side');
});

import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../../../shared/event/json.ts';
import { lintSchema } from '../../../../shared/schema-language/lint/lint.ts';
import { schemaDocument } from '../../../helpers/schemas.ts';

const text = { description: 'x', type: 'string' };

function lint(document: JsonObject, foreign = false): string[] {
  return lintSchema(document, { foreign }).map(({ rule, pointer, severity }) =>
    severity === 'error' ? `${rule} ${pointer}` : `(${rule}) ${pointer}`,
  );
}

/** Findings of a property `a`, without the way to it. */
function lintProperty(node: JsonObject, rest: JsonObject = {}): string[] {
  const found = lint({ ...schemaDocument({ properties: { a: { description: 'x', ...node } } }), ...rest });
  return found.map((line) => line.replace('/properties/a', '.'));
}

test('a schema as it should be has no finding', () => {
  const properties: JsonObject = {
    a: text,
    items: { description: 'x', type: 'array', items: { $ref: '#/$defs/item' } },
    email: { ...text, format: 'email', treatment: { do: 'drop' } },
    group_name: { ...text, notPersonal: 'Named by us' },
    state: { description: 'x', enum: ['on', 'off'], default: 'on' },
  };
  const item = { type: 'object', additionalProperties: true, required: ['b'], properties: { b: text } };
  expect(lint(schemaDocument({ properties, required: ['a'], $defs: { item } }))).toEqual([]);
});

describe('a property with', () => {
  test.each<[string, JsonObject, string[]]>([
    ['a misspelt keyword', { type: 'integer', maxiumum: 1 }, ['keyword-misspelt ./maxiumum']],
    ['an unknown keyword', { type: 'integer', 'x/y': 1 }, ['keyword-unknown ./x~1y']],
    [
      'a keyword of draft 07',
      { type: 'array', items: text, additionalItems: false },
      ['keyword-replaced ./additionalItems'],
    ],
    ['an edi block', { type: 'string', edi: {} }, ['keyword-misplaced ./edi']],
    ['no description', { description: ' ', type: 'string' }, ['description-missing .']],
    [
      'an object that is neither open nor closed',
      { type: 'object', properties: {} },
      ['additional-properties-missing .'],
    ],
    ['a nullable one, too', { type: ['object', 'null'] }, ['additional-properties-missing .']],
    ['bounds that contradict', { type: 'integer', minimum: 2, maximum: 1 }, ['bounds-contradict ./minimum']],
    ['lengths that contradict', { type: 'string', minLength: 2, maxLength: 1 }, ['bounds-contradict ./minLength']],
    [
      'exclusive bounds that meet',
      { type: 'number', exclusiveMinimum: 1, maximum: 1 },
      ['bounds-contradict ./exclusiveMinimum'],
    ],
    ['bounds that leave one value', { type: 'number', minimum: 1, maximum: 1 }, []],
    ['a value listed twice', { enum: [{ a: 1, b: 2 }, 'x', { b: 2, a: 1 }] }, ['enum-duplicate ./enum/2']],
    ['no value listed', { enum: [] }, ['enum-empty ./enum']],
    [
      'a required property that a closed object does not allow',
      { type: 'object', additionalProperties: false, required: ['bb'], properties: { b: text } },
      ['required-undeclared ./required/0'],
    ],
    [
      'a required property that an open object does not declare',
      { type: 'object', additionalProperties: true, required: ['bb'], properties: { b: text } },
      ['(required-undeclared) ./required/0'],
    ],
    ['a remote reference', { $ref: 'https://example.com/a.json' }, ['reference-outside ./$ref']],
    ['a reference to a file', { $ref: '../a.json#/x' }, ['reference-outside ./$ref']],
    ['a reference to nothing', { $ref: '#/$defs/missing' }, ['reference-unresolved ./$ref']],
    ['a reference to itself', { $ref: '#/properties/a' }, ['reference-circular ./$ref', 'reference-unresolved ./$ref']],
    ['an unknown format', { type: 'string', format: 'datetime' }, ['format-unknown ./format']],
    ['a pattern that backtracks', { type: 'string', pattern: '(a+)+$' }, ['pattern-slow ./pattern']],
    [
      'a pattern that backtracks, for keys',
      { type: 'object', additionalProperties: false, patternProperties: { '(a+)+$': text } },
      ['pattern-slow ./patternProperties/(a+)+$'],
    ],
    ['no pattern', { type: 'string', pattern: '[' }, ['pattern-bad ./pattern']],
    ['an undecided treatment', { type: 'string', treatment: { do: 'decide' } }, ['treatment-undecided ./treatment']],
    ['a default that does not fit', { type: 'integer', default: 'x' }, ['literal-unfit ./default']],
    [
      'examples that do not fit',
      { type: 'string', minLength: 2, examples: ['ab', 'a', 1] },
      ['literal-unfit ./examples/1', 'literal-unfit ./examples/2'],
    ],
    ['a constant that does not fit', { type: 'string', const: 1 }, ['literal-unfit ./const']],
    ['a default that is a multiple as ingest counts', { type: 'number', multipleOf: 0.1, default: 0.3 }, []],
    ['a listed value that does not fit', { type: 'string', enum: ['a', 1] }, ['literal-unfit ./enum/1']],
  ])('%s', (_what, node, findings) => {
    expect(lintProperty(node)).toEqual(findings);
  });

  test('a likely keyword, property or format is named', () => {
    const document = schemaDocument({
      properties: { size: { ...text, maxLenght: 1, format: 'data-time' } },
      required: ['sise'],
    });
    const fixes = lintSchema(document, { foreign: false }).map(({ fix }) => fix);
    expect(fixes).toEqual(['did you mean "size"?', 'did you mean "maxLength"?', 'did you mean "date-time"?']);
  });
});

describe('what looks personal', () => {
  const properties = (value: JsonObject): string[] => lint(schemaDocument({ properties: value }));
  const undecided = (pointer: string) => `personal-undecided ${pointer}`;

  test.each<[string, JsonObject, string[]]>([
    ['by name', { user_email: text }, [undecided('/properties/user_email')]],
    ['by format', { contact: { ...text, format: 'email' } }, [undecided('/properties/contact')]],
    [
      'in a list',
      { emails: { description: 'x', type: 'array', items: { type: 'string' } } },
      [undecided('/properties/emails')],
    ],
    [
      'in a list, by format',
      { hops: { description: 'x', type: 'array', items: { type: 'string', format: 'ipv4' } } },
      [undecided('/properties/hops/items')],
    ],
    [
      'in a map',
      { phones: { description: 'x', type: 'object', additionalProperties: { type: 'string' } } },
      [undecided('/properties/phones')],
    ],
    [
      'below an object',
      { o: { description: 'x', type: 'object', additionalProperties: false, properties: { login: text } } },
      [undecided('/properties/o/properties/login')],
    ],
    [
      'in an alternative',
      {
        o: {
          description: 'x',
          anyOf: [{ type: 'null' }, { type: 'object', additionalProperties: true, properties: { ip: text } }],
        },
      },
      [undecided('/properties/o/properties/ip')],
    ],
    ['a boolean is about somebody, not somebody', { email: { description: 'x', type: 'boolean' } }, []],
    ['what is enumerated says nothing', { gender: { description: 'x', enum: ['a', 'b'] } }, []],
    ['treated', { login: { ...text, treatment: { do: 'pseudonymize' } } }, []],
    [
      'treated where its list is',
      { logins: { description: 'x', type: 'array', items: { type: 'string', treatment: { do: 'pseudonymize' } } } },
      [],
    ],
    [
      'below what is dropped whole',
      {
        o: {
          description: 'x',
          type: 'object',
          additionalProperties: false,
          properties: { login: text },
          treatment: { do: 'drop' },
        },
      },
      [],
    ],
    ['waived', { name: { ...text, notPersonal: 'The name of a ship' } }, []],
  ])('%s', (_what, value, findings) => {
    expect(properties(value)).toEqual(findings);
  });

  test('a definition is judged by every name that it is used under', () => {
    const value = { email: { $ref: '#/$defs/t' }, title: { $ref: '#/$defs/t' } };
    expect(lint(schemaDocument({ properties: value, $defs: { t: text } }))).toEqual([undecided('/properties/email')]);
  });
});

test('objects deeper than BigQuery nests are told once a path', () => {
  let node: JsonObject = text;
  for (let i = 0; i < 20; i++) {
    node = { description: 'x', type: 'object', additionalProperties: false, properties: { a: node } };
  }
  expect(lint(schemaDocument({ properties: { a: node } }))).toEqual([`nesting-too-deep ${'/properties/a'.repeat(15)}`]);
});

test.each<[string, JsonObject, JsonObject, string[]]>([
  [
    'through an object',
    { $ref: '#/$defs/a' },
    { a: { type: 'object', additionalProperties: false, properties: { b: { ...text, $ref: '#/$defs/a' } } } },
    ['/$defs/a/properties/b/$ref'],
  ],
  [
    'through a list',
    { $ref: '#/$defs/a' },
    { a: { type: 'array', items: { $ref: '#/$defs/a' } } },
    ['/$defs/a/items/$ref'],
  ],
  [
    'through alternatives of two definitions',
    { $ref: '#/$defs/a' },
    { a: { anyOf: [{ $ref: '#/$defs/b' }] }, b: { not: { $ref: '#/$defs/a' } } },
    ['/$defs/a/anyOf/0/$ref'],
  ],
  ['directly', { $ref: '#/$defs/a' }, { a: { $ref: '#/$defs/a' } }, ['/$defs/a/$ref']],
  [
    'not: one definition that is used twice',
    { anyOf: [{ $ref: '#/$defs/a' }, { $ref: '#/$defs/a' }] },
    { a: text },
    [],
  ],
])('a schema that contains itself, %s', (_what, node, $defs, pointers) => {
  const found = lint(schemaDocument({ properties: { x: { description: 'x', ...node } }, $defs }));
  expect(found.filter((line) => line.startsWith('reference-circular'))).toEqual(
    pointers.map((pointer) => `reference-circular ${pointer}`),
  );
});

test('a long way through lists, by references or not, ends', () => {
  const $defs: JsonObject = { d6000: text };
  for (let i = 0; i < 6_000; i++) $defs[`d${i}`] = { type: 'array', items: { $ref: `#/$defs/d${i + 1}` } };
  const found = lint(schemaDocument({ properties: { a: { description: 'x', $ref: '#/$defs/d0' } }, $defs }));
  expect(found).toEqual([expect.stringMatching(/^nesting-too-deep/)]);
});

test('definitions that double with every level end', () => {
  const $defs: JsonObject = {};
  for (let i = 0; i < 40; i++) {
    const child = { description: 'x', $ref: `#/$defs/d${i + 1}` };
    $defs[`d${i}`] = { type: 'object', additionalProperties: false, properties: { a: child, b: child } };
  }
  $defs['d40'] = text;
  const found = lint(schemaDocument({ properties: { a: { description: 'x', $ref: '#/$defs/d0' } }, $defs }));
  expect(found.every((line) => line.startsWith('nesting-too-deep'))).toBe(true);
});

describe("others' schemas", () => {
  test.each<[string, JsonObject, string[]]>([
    ['need none of what ours need', { type: 'object', properties: { email: { type: 'string', format: 'color' } } }, []],
    ['may use earlier drafts', { definitions: { a: {} }, dependencies: { a: ['b'] }, id: 'x' }, []],
    ['may have keywords of their own', { self: { vendor: 'x' }, javaType: 'y' }, []],
    ['are warned of misspelt keywords', { minumum: 1 }, ['(keyword-misspelt) /minumum']],
    ['have patterns that backtrack', { pattern: '(a+)+$' }, ['pattern-slow /pattern']],
    ['may have patterns of the older syntax', { pattern: '^[\\w-.]$' }, []],
    [
      'contradict themselves',
      { properties: { a: { minimum: 2, maximum: 1 } } },
      ['bounds-contradict /properties/a/minimum'],
    ],
    ['can be anything', { properties: [], items: 3, required: {}, enum: 'x', allOf: {}, $ref: 1, pattern: 7 }, []],
  ])('%s', (_what, document, findings) => {
    expect(lint(document, true)).toEqual(findings);
  });
});

test('nonsense of ours is walked without a crash', () => {
  const nonsense: JsonValue[] = [null, 1, 'x', [], {}, [[]], true];
  for (const value of nonsense) {
    const document: JsonObject = {};
    for (const key of [
      'properties',
      'items',
      'required',
      'enum',
      '$ref',
      'treatment',
      'edi',
      'allOf',
      'pattern',
      'default',
      'format',
      '$defs',
      'minimum',
    ])
      document[key] = value;
    expect(() => lintSchema(document, { foreign: false })).not.toThrow();
    expect(() => lintSchema({ properties: { a: document } }, { foreign: false })).not.toThrow();
  }
});

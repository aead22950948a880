import fc from 'fast-check';
import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';

/** How a pair of schemas was made: the second accepts all that the first accepts, or nobody knows. */
export interface SchemaPair {
  readonly old: JsonValue;
  readonly next: JsonValue;
  readonly change: 'same' | 'widened' | 'any';
}

const names = ['a', 'b', 'x_a', 'x_b', 'constructor'];
const strings = ['', 'a', 'a:b', '/a', 'a:#b\\c', 'ab', 'abc', 'x_a', 'b1', '😀', '2026-11-24', '2026-11-24T08:00:00Z'];
const patterns = ['^a', 'b$', '^[a-c]+$', '^x_', '^[a-z]\\d?$', '^.{2}$', 'a|b'];
const formats = ['date', 'date-time', 'uri', 'uri-reference'];
const numbers = [-2, -1, 0, 0.07, 0.3, 0.5, 1, 1.5, 2, 3, 4, 6, 10, 19.99, 2 ** 53 - 1, 2 ** 53, 1e21];

const scalar = fc.oneof(
  fc.constantFrom<JsonValue>(...strings),
  fc.constantFrom<JsonValue>(...numbers),
  fc.constantFrom<JsonValue>(null, true, false),
);

/** Values as small and as like one another as the schemas here tell them apart. */
export const anyValue: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...names), tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

type Entry = fc.Arbitrary<JsonObject>;

const entry = (keyword: string, value: fc.Arbitrary<JsonValue>): Entry => value.map((made) => ({ [keyword]: made }));
const joined = (...parts: Entry[]): Entry => fc.tuple(...parts).map((made) => Object.assign({}, ...made));
const some = (part: Entry): Entry => fc.oneof(part, fc.constant({}));
const size = fc.integer({ min: 0, max: 3 });
const types = ['null', 'boolean', 'number', 'integer', 'string', 'array', 'object'] as const;

function schemaOf(part: fc.Arbitrary<JsonValue>, depends: boolean): fc.Arbitrary<JsonValue> {
  const record = fc.dictionary(fc.constantFrom(...names), part, { maxKeys: 3 }).map((made) => ({ ...made }));
  const someNames = fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 2 });
  const number = joined(
    entry('type', fc.constantFrom('number', 'integer')),
    some(entry('minimum', fc.constantFrom(...numbers))),
    some(entry('maximum', fc.constantFrom(...numbers))),
    some(entry('exclusiveMinimum', fc.constantFrom(...numbers))),
    some(entry('exclusiveMaximum', fc.constantFrom(...numbers))),
    some(entry('multipleOf', fc.constantFrom(0.01, 0.1, 0.5, 1, 2, 3))),
  );
  const string = joined(
    entry('type', fc.constant('string')),
    some(entry('minLength', size)),
    some(entry('maxLength', size)),
    some(entry('pattern', fc.constantFrom(...patterns))),
    some(entry('format', fc.constantFrom(...formats))),
  );
  const array = joined(
    entry('type', fc.constant('array')),
    some(entry('items', part)),
    some(entry('prefixItems', fc.array(part, { minLength: 1, maxLength: 2 }))),
    some(
      joined(
        entry('contains', part),
        some(entry('minContains', fc.constantFrom(0, 1, 2))),
        some(entry('maxContains', fc.constantFrom(1, 2, 3))),
      ),
    ),
    some(entry('minItems', size)),
    some(entry('maxItems', size)),
    some(entry('uniqueItems', fc.boolean())),
  );
  const object = joined(
    entry('type', fc.constant('object')),
    some(entry('properties', record)),
    some(entry('required', someNames)),
    some(entry('additionalProperties', fc.oneof(fc.boolean(), part))),
    some(entry('patternProperties', fc.dictionary(fc.constantFrom('^x_', 'a$'), part, { maxKeys: 1 }))),
    some(entry('propertyNames', fc.oneof(entry('pattern', fc.constantFrom(...patterns)), entry('maxLength', size)))),
    some(entry('minProperties', size)),
    some(entry('maxProperties', size)),
    some(entry('dependentRequired', fc.dictionary(fc.constantFrom(...names), someNames, { maxKeys: 1 }))),
    some(entry('dependentSchemas', fc.dictionary(fc.constantFrom(...names), part, { maxKeys: 1 }))),
  );
  const branches = fc.array(part, { minLength: 1, maxLength: 3 });
  return fc.oneof(
    { weight: 2, arbitrary: number },
    { weight: 2, arbitrary: string },
    { weight: 2, arbitrary: array },
    { weight: 4, arbitrary: object },
    entry('type', fc.uniqueArray(fc.constantFrom(...types), { minLength: 1, maxLength: 3 })),
    entry('enum', fc.uniqueArray(scalar, { minLength: 1, maxLength: 4 })),
    entry('const', scalar),
    entry('anyOf', branches),
    entry('oneOf', branches),
    entry('allOf', branches),
    entry('not', part),
    joined(entry('if', part), some(entry('then', part)), some(entry('else', part))),
    joined(object, some(entry('unevaluatedProperties', fc.boolean()))),
    ...(depends ? unevaluated({ array, object, branches, part }) : []),
    entry('$ref', fc.constantFrom('#/$defs/leaf', '#/$defs/list')),
    fc.boolean(),
  );
}

interface Parts {
  readonly array: Entry;
  readonly object: Entry;
  readonly branches: fc.Arbitrary<JsonValue[]>;
  readonly part: fc.Arbitrary<JsonValue>;
}

function unevaluated({ array, object, branches, part }: Parts): Entry[] {
  const rest = fc.oneof(fc.boolean(), part);
  const keyword = fc.constantFrom('allOf', 'anyOf', 'oneOf');
  const combined = fc.tuple(keyword, branches).map(([name, list]): JsonObject => ({ [name]: list }));
  const condition = joined(entry('if', part), some(entry('then', part)), some(entry('else', part)));
  return [
    joined(array, some(combined), entry('unevaluatedItems', rest)),
    joined(object, some(combined), some(condition), entry('unevaluatedProperties', rest)),
    joined(object, some(condition), some(combined)),
  ];
}

const leaf: fc.Arbitrary<JsonValue> = fc.oneof(
  entry('type', fc.constantFrom(...types)),
  entry('enum', fc.uniqueArray(scalar, { minLength: 1, maxLength: 3 })),
);

function nested(depth: number, depends = false): fc.Arbitrary<JsonValue> {
  return depth === 0
    ? leaf
    : fc.oneof({ weight: 1, arbitrary: leaf }, { weight: 4, arbitrary: schemaOf(nested(depth - 1, depends), depends) });
}

/** Definitions that every schema has: one that refers to itself, and one that does not. */
const definitions = fc.tuple(leaf, leaf).map(([own, item]) => ({
  leaf: own,
  list: { type: 'object', properties: { a: item, b: { $ref: '#/$defs/list' } }, additionalProperties: false },
}));

/** A schema with its definitions. `boolean` schemas get none. */
const anySchema: fc.Arbitrary<JsonValue> = fc
  .tuple(nested(2), definitions)
  .map(([schema, $defs]) => (isJsonObject(schema) ? { ...schema, $defs } : schema));

/** As `anySchema`, and what is unevaluated depends on the value, about which comparisons may be undecided. */
export const anyDependingSchema: fc.Arbitrary<JsonValue> = fc
  .tuple(nested(2, true), definitions)
  .map(([schema, $defs]) => (isJsonObject(schema) ? { ...schema, $defs } : schema));

/** Ways to accept more in one place, by keyword; each says how, or undefined where there is nothing to widen. */
const widenings: Readonly<Record<string, (node: JsonObject, pick: number) => JsonObject | undefined>> = {
  minimum: (node) => ({ ...node, minimum: Number(node['minimum']) - 1 }),
  maximum: (node) => ({ ...node, maximum: Number(node['maximum']) + 1 }),
  exclusiveMinimum: ({ exclusiveMinimum, ...rest }) =>
    rest['minimum'] === undefined ? { ...rest, minimum: exclusiveMinimum ?? 0 } : rest,
  minLength: ({ minLength: _, ...rest }) => rest,
  maxLength: (node) => ({ ...node, maxLength: Number(node['maxLength']) + 1 }),
  pattern: ({ pattern: _, ...rest }) => rest,
  format: ({ format: _, ...rest }) => rest,
  multipleOf: (node) => ({ ...node, multipleOf: Number(node['multipleOf']) / 2 }),
  minItems: ({ minItems: _, ...rest }) => rest,
  maxItems: (node) => ({ ...node, maxItems: Number(node['maxItems']) + 1 }),
  uniqueItems: ({ uniqueItems: _, ...rest }) => rest,
  minProperties: ({ minProperties: _, ...rest }) => rest,
  maxProperties: (node) => ({ ...node, maxProperties: Number(node['maxProperties']) + 1 }),
  required: (node, pick) => {
    const required = node['required'];
    return Array.isArray(required)
      ? { ...node, required: required.filter((_, at) => at !== pick % required.length) }
      : node;
  },
  dependentRequired: ({ dependentRequired: _, ...rest }) => rest,
  propertyNames: ({ propertyNames: _, ...rest }) => rest,
  enum: (node) => (Array.isArray(node['enum']) ? { ...node, enum: [...node['enum'], 'another value'] } : undefined),
  type: (node) => {
    const type = node['type'];
    const list = Array.isArray(type) ? type : [type ?? 'null'];
    return list.includes('null') ? undefined : { ...node, type: [...list, 'null'] };
  },
  additionalProperties: (node) => (node['additionalProperties'] === false ? addOptional(node) : undefined),
  anyOf: (node, pick) =>
    Array.isArray(node['anyOf']) ? { ...node, anyOf: insertAt(node['anyOf'], { type: 'boolean' }, pick) } : undefined,
};

function addOptional(node: JsonObject): JsonObject {
  const properties = isJsonObject(node['properties']) ? node['properties'] : {};
  const name = 'new property';
  return { ...node, properties: { ...properties, [name]: { type: 'string' } } };
}

function insertAt(list: readonly JsonValue[], value: JsonValue, pick: number): JsonValue[] {
  const at = pick % (list.length + 1);
  return [...list.slice(0, at), value, ...list.slice(at)];
}

/** Keywords below which more means more: not under `not`, `if`, `oneOf`, `contains` with a maximum, or a definition. */
const monotone = new Set([
  'properties',
  'patternProperties',
  'items',
  'additionalProperties',
  'anyOf',
  'allOf',
  'then',
  'else',
  'prefixItems',
  'dependentSchemas',
]);

/** Widens one place that the picks lead to; undefined when they lead nowhere. */
function widen(schema: JsonValue, picks: readonly number[]): JsonValue | undefined {
  if (!isJsonObject(schema)) return undefined;
  const [pick = 0, ...rest] = picks;
  const keywords = Object.keys(schema).filter((keyword) => keyword !== '$defs');
  const keyword = keywords[pick % Math.max(1, keywords.length)];
  if (keyword === undefined) return undefined;
  const value = schema[keyword] ?? null;
  if (monotone.has(keyword) && rest.length > 0 && typeof value === 'object') {
    const inner = widenInside(value, keyword, rest);
    if (inner !== undefined) return { ...schema, [keyword]: inner };
  }
  return widenings[keyword]?.(schema, rest[0] ?? 0);
}

const holdsSchemas = new Set(['properties', 'patternProperties', 'dependentSchemas']);

function widenInside(value: JsonValue, keyword: string, picks: readonly number[]): JsonValue | undefined {
  const [pick = 0, ...rest] = picks;
  if (Array.isArray(value)) {
    const at = pick % Math.max(1, value.length);
    const inner = widen(value[at] ?? true, rest);
    return inner === undefined ? undefined : value.map((part, index) => (index === at ? inner : part));
  }
  if (!isJsonObject(value)) return undefined;
  if (!holdsSchemas.has(keyword)) return widen(value, picks);
  const all = Object.keys(value);
  const name = all[pick % Math.max(1, all.length)];
  const inner = name === undefined ? undefined : widen(value[name] ?? true, rest);
  return name === undefined || inner === undefined ? undefined : { ...value, [name]: inner };
}

const picks = fc.array(fc.nat({ max: 11 }), { minLength: 4, maxLength: 8 });

/** Pairs of schemas: equal ones, one widened in a place or two, and ones that have parts in common. */
export const schemaPair: fc.Arbitrary<SchemaPair> = fc.oneof(
  { weight: 1, arbitrary: anySchema.map((old): SchemaPair => ({ old, next: old, change: 'same' })) },
  {
    weight: 4,
    arbitrary: fc.tuple(anySchema, picks, picks, fc.boolean()).map(([old, first, second, twice]): SchemaPair => {
      const once = widen(old, first) ?? old;
      return { old, next: twice ? (widen(once, second) ?? once) : once, change: 'widened' };
    }),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(anySchema, picks).map(([next, path]): SchemaPair => {
      return { old: widen(next, path) ?? next, next, change: 'any' };
    }),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(anySchema, anySchema).map(([old, next]): SchemaPair => ({ old, next, change: 'any' })),
  },
);

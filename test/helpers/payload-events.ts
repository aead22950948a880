import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';
import { resolveNode } from '../../shared/event-types/schema-node.ts';
import { payloadNames } from './payload-schemas.ts';

/** Draws whole numbers from 0 up to (not including) the bound; the same ones for the same seed. */
export type Draw = (bound: number) => number;

/** Mulberry32: small, and good enough to pick examples. */
export function drawFrom(seed: number): Draw {
  let state = seed | 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

const texts = ['', 'a', 'ab', 'b2', 'x_a', '7', 'null', 'true', '{}', '[1', 'ÅÄÖ', '😀', 'l\n"\\\t', '\u0000', "'; --"];
const numbers = [0, -0, 1, -1, 7, 0.5, 0.1, 1.5, 1e308, -1e308, 5e-324, 2 ** 53 - 1, -(2 ** 53) + 1, 2 ** 53, 1e21];
const byFormat: Readonly<Record<string, readonly string[]>> = {
  'date-time': [
    '2026-11-24T08:00:00Z',
    '0001-01-01T00:00:00Z',
    '0001-01-01T00:00:00.000001-23:59',
    '9999-12-31T23:59:59.999999Z',
    '9999-12-31T23:59:59.9999999+00:01',
    '2016-12-31T23:59:60Z',
    '2016-12-31T23:59:60.25+05:30',
    '1969-12-31T23:59:59.999999Z',
    '1582-10-10t00:00:00.5z',
    '2024-02-29T12:34:56.123456789-08:00',
    '1900-03-01T00:00:00.1-00:00',
  ],
  date: ['2026-11-24', '0001-01-01', '9999-12-31', '2024-02-29', '1582-10-10', '1969-12-31', '1900-03-01'],
  uuid: ['0190a8b4-1c2d-7e3f-8a9b-0c1d2e3f4a5b', '00000000-0000-0000-0000-000000000000'],
  ipv4: ['192.0.2.77', '0.0.0.0', '255.255.255.255'],
  ipv6: ['2001:db8:1:2::3', '::', '::1', '::ffff:192.0.2.77', '1:2:3:4:5:6:7:8', 'fe80::1%eth0'],
  email: ['a@example.com'],
  uri: ['https://example.com/a?b=c#d'],
  hostname: ['example.com'],
};
const times = Object.values(byFormat).flat();
/** Built from text, because a literal's `__proto__` is no property. */
const odd: readonly JsonValue[] = JSON.parse(
  '[{"__proto__": 1}, {"a b": {"\\u0000": [[], {}, null, -0]}}, [[1, [2]], null]]',
);
const anyValues: readonly JsonValue[] = [null, true, false, {}, [], ...texts, ...numbers, ...times, ...odd];
const kinds = ['null', 'boolean', 'number', 'string', 'array', 'object'] as const;
const maxLevels = 6;

interface Site {
  readonly root: JsonObject;
  readonly draw: Draw;
  /** How many of a hundred values are replaced by any other. */
  readonly mutationPercent: number;
}

/** The data of an event, built as the schema says, then changed here and there; it may not fit all the same. */
export function drawEvent(root: JsonObject, draw: Draw): JsonObject {
  const site: Site = { root, draw, mutationPercent: draw(2) * 8 };
  const { $defs: _, edi: _edi, ...schema } = root;
  return objectOf(site, flatten(site, schema), 0);
}

function pick<T>(draw: Draw, from: readonly T[], otherwise: T): T {
  return from[draw(Math.max(1, from.length))] ?? otherwise;
}

function valueFor(site: Site, schema: JsonValue | undefined, level: number): JsonValue {
  const { draw } = site;
  if (!isJsonObject(schema) || draw(100) < site.mutationPercent) return pick(draw, anyValues, null);
  const node = flatten(site, schema);
  if (node['const'] !== undefined) return node['const'];
  if (Array.isArray(node['enum'])) return pick(draw, node['enum'], null);
  const { type } = node;
  const types = Array.isArray(type) ? type : type === undefined ? likelyTypes(node) : [type];
  const kind = pick<JsonValue>(draw, types, 'null');
  if (kind === 'object') return level < maxLevels ? objectOf(site, node, level) : {};
  if (kind === 'array') return level < maxLevels ? arrayOf(site, node, level) : [];
  if (kind === 'number' || kind === 'integer') return numberOf(site, node, kind);
  if (kind === 'string') return textOf(site, node);
  return kind === 'boolean' ? draw(2) === 0 : null;
}

function likelyTypes(node: JsonObject): readonly string[] {
  if (node['properties'] !== undefined) return ['object'];
  return node['items'] === undefined ? kinds : ['array'];
}

/** One schema of a node, its reference, all of `allOf`, and one of its alternatives and outcomes. */
function flatten(site: Site, node: JsonObject): JsonObject {
  const { root, draw } = site;
  const { allOf, anyOf, oneOf, then, else: otherwise, ...own } = resolveNode(root, node) ?? node;
  let flat: JsonObject = own;
  if (Array.isArray(allOf)) for (const branch of allOf) flat = both(flat, flattenAny(site, branch));
  for (const branches of [anyOf, oneOf]) {
    if (Array.isArray(branches)) flat = both(flat, flattenAny(site, pick(draw, branches, true)));
  }
  const outcome = draw(2) === 0 ? then : otherwise;
  return outcome === undefined ? flat : both(flat, flattenAny(site, outcome));
}

function flattenAny(site: Site, schema: JsonValue): JsonObject {
  return isJsonObject(schema) ? flatten(site, schema) : {};
}

function both(first: JsonObject, second: JsonObject): JsonObject {
  const [properties, others] = [first['properties'], second['properties']];
  const required = [first['required'], second['required']].flatMap((list) => (Array.isArray(list) ? list : []));
  return {
    ...first,
    ...second,
    ...(isJsonObject(properties) && isJsonObject(others) ? { properties: { ...properties, ...others } } : {}),
    ...(required.length > 0 ? { required } : {}),
  };
}

function objectOf(site: Site, node: JsonObject, level: number): JsonObject {
  const { draw } = site;
  const properties = isJsonObject(node['properties']) ? node['properties'] : {};
  const required = Array.isArray(node['required']) ? node['required'] : [];
  const extra = node['additionalProperties'] ?? node['unevaluatedProperties'] ?? true;
  const share = 1 + draw(4);
  const made: [string, JsonValue][] = [];
  for (const [name, schema] of Object.entries(properties)) {
    if (required.includes(name) || draw(4) < share) made.push([name, valueFor(site, schema, level + 1)]);
  }
  for (const name of required) {
    if (typeof name === 'string' && !Object.hasOwn(properties, name))
      made.push([name, valueFor(site, extra, level + 1)]);
  }
  const extras = extra === false ? 0 : draw(3);
  for (let count = 0; count < extras; count++) {
    const name = pick(draw, [...payloadNames, 'kéy "1"', '', '__proto__x', 'x1'], 'x');
    if (!Object.hasOwn(properties, name)) made.push([name, valueFor(site, extra, level + 1)]);
  }
  return Object.fromEntries(made);
}

function arrayOf(site: Site, node: JsonObject, level: number): JsonValue[] {
  const { draw } = site;
  const { minItems, prefixItems, items = true, contains } = node;
  const positions = Array.isArray(prefixItems) ? prefixItems : [];
  const length = Math.max(typeof minItems === 'number' ? minItems : 0, draw(4));
  const made = Array.from({ length }, (_, at) => valueFor(site, positions[at] ?? items, level + 1));
  if (contains !== undefined && draw(4) > 0) made.push(valueFor(site, contains, level + 1));
  return items === false ? made.slice(0, positions.length) : made;
}

function numberOf({ draw }: Site, node: JsonObject, kind: string): number {
  const bounds = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'].flatMap((keyword) => {
    const bound = node[keyword];
    return typeof bound === 'number' ? [bound, bound + 1, bound - 1] : [];
  });
  const number = pick(draw, [...numbers, ...bounds, ...bounds], 0);
  const whole = kind === 'integer' || (node['multipleOf'] ?? 0.5) !== 0.5;
  return whole && !Number.isInteger(number) ? Math.round(number) : number;
}

function textOf({ draw }: Site, node: JsonObject): string {
  const { format } = node;
  const known = typeof format === 'string' ? (byFormat[format] ?? []) : [];
  if (known.length > 0) return pick(draw, known, '');
  return pick(draw, [...texts, ...texts, ...times, 'é'.repeat(40)], '');
}

import { Ajv2020 } from 'ajv/dist/2020.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../../shared/event/json.ts';
import { addSupportedFormats } from '../../../../shared/event-types/formats.ts';

/** What was seen at one place of many events. */
export interface Shape {
  /** Values seen, null ones too. */
  count: number;
  nulls: number;
  booleans: number;
  integers: number;
  /** Numbers that are no integers within 2^53. */
  fractions: number;
  strings: number;
  /** Formats that every string seen so far fits; undefined before the first. */
  formats: ReadonlySet<string> | undefined;
  arrays: number;
  items: Shape | undefined;
  objects: number;
  readonly properties: Map<string, Shape>;
}

function emptyShape(): Shape {
  return {
    count: 0,
    nulls: 0,
    booleans: 0,
    integers: 0,
    fractions: 0,
    strings: 0,
    formats: undefined,
    arrays: 0,
    items: undefined,
    objects: 0,
    properties: new Map(),
  };
}

/** Formats worth telling apart, the telling ones first: they choose a column or a treatment. */
const formatNames = ['date-time', 'date', 'uuid', 'ipv4', 'ipv6', 'email', 'uri'] as const;

/** As validation judges them. */
const formats = formatNames.map((name): readonly [string, (text: string) => boolean] => {
  const ajv = new Ajv2020({ logger: false });
  addSupportedFormats(ajv);
  const validate = ajv.compile({ type: 'string', format: name });
  return [name, (text) => validate(text)];
});

/** Adds what a value shows. Recurses once per level, so the caller bounds the depth. */
function observe(shape: Shape, value: JsonValue): void {
  shape.count++;
  if (value === null) shape.nulls++;
  else if (typeof value === 'boolean') shape.booleans++;
  else if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) shape.integers++;
    else shape.fractions++;
  } else if (typeof value === 'string') {
    shape.strings++;
    const candidates = shape.formats ?? new Set(formats.map(([name]) => name));
    shape.formats = new Set(
      formats.filter(([name, fits]) => candidates.has(name) && fits(value)).map(([name]) => name),
    );
  } else if (Array.isArray(value)) {
    shape.arrays++;
    shape.items ??= emptyShape();
    for (const item of value) observe(shape.items, item);
  } else observeObject(shape, value);
}

function observeObject(shape: Shape, value: JsonObject): void {
  shape.objects++;
  for (const [name, property] of Object.entries(value)) {
    let known = shape.properties.get(name);
    if (known === undefined) {
      known = emptyShape();
      shape.properties.set(name, known);
    }
    observe(known, property);
  }
}

const minMapKeys = 12;
/** Of a map's keys, each is in few of its objects. */
const maxMapShare = 0.4;

const maxNameLength = 64;
/** What people call properties: a letter first, no blank, no "@"; and the reactions "+1" and "-1". */
const nameGrammar = /^(?:[\p{L}_$][\p{L}\p{N}_$.:/~-]*|[+-]1)$/u;
/** UUIDs, hashes, ULIDs and names that are mostly digits. */
const idGrammar = /^[0-9a-f]{8}-[0-9a-f-]{27}$|^[0-9a-f]{16,}$|^[0-7][0-9A-HJKMNP-TV-Z]{25}$|\d{6}/i;

/** True for what is a value rather than a name: an address, a number, an id, a date, a person's name. */
function isValueLike(name: string): boolean {
  return name.length > maxNameLength || !nameGrammar.test(name) || idGrammar.test(name);
}

/**
 * True when properties are values themselves: one that is no name (a single event shows that, and a schema must not hold
 * it), or many different ones.
 */
export function looksLikeMap({ objects, properties }: Shape): boolean {
  if (properties.size === 0) return false;
  const names = [...properties.keys()];
  if (names.some(isValueLike)) return true;
  const seen = [...properties.values()].reduce((sum, property) => sum + property.count, 0);
  return names.length >= minMapKeys && seen / (objects * names.length) <= maxMapShare;
}

/** True when names do not tell whether they are keys: several properties, all of the same kind of value. */
export function mayBeMap({ properties }: Shape): boolean {
  const kinds = new Set(
    [...properties.values()].map(({ booleans, integers, fractions, strings, arrays, objects }) =>
      [booleans, integers + fractions, strings, arrays, objects].map((count) => count > 0).join(),
    ),
  );
  return properties.size > 1 && kinds.size === 1;
}

/** One shape of all properties of a map. */
export function mapValues(shape: Shape): Shape {
  return [...shape.properties.values()].reduce(merge, emptyShape());
}

function merge(a: Shape, b: Shape): Shape {
  const properties = new Map(a.properties);
  for (const [name, shape] of b.properties) {
    const known = properties.get(name);
    properties.set(name, known === undefined ? shape : merge(known, shape));
  }
  return {
    count: a.count + b.count,
    nulls: a.nulls + b.nulls,
    booleans: a.booleans + b.booleans,
    integers: a.integers + b.integers,
    fractions: a.fractions + b.fractions,
    strings: a.strings + b.strings,
    formats:
      a.formats === undefined || b.formats === undefined ? (a.formats ?? b.formats) : intersect(a.formats, b.formats),
    arrays: a.arrays + b.arrays,
    items: a.items === undefined || b.items === undefined ? (a.items ?? b.items) : merge(a.items, b.items),
    objects: a.objects + b.objects,
    properties,
  };
}

function intersect(a: ReadonlySet<string>, b: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...a].filter((name) => b.has(name)));
}

/** Every event's data must be an object: what is none is told by its index. */
export function shapeOfAll(values: readonly JsonValue[]): Shape | { readonly notAnObject: number } {
  const shape = emptyShape();
  for (const [index, value] of values.entries()) {
    if (!isJsonObject(value)) return { notAnObject: index };
    observe(shape, value);
  }
  return shape;
}

import { canonicalJson } from '../../event/canonical-json.ts';
import type { JsonObject, JsonValue } from '../../event/json.ts';
import { eitherAddress } from '../treatment.ts';

/** Kinds of JSON values; a number is an integer or has a fraction. */
export type Kind = 'null' | 'boolean' | 'integer' | 'fraction' | 'string' | 'object' | 'array';
const allKinds: ReadonlySet<Kind> = new Set(['null', 'boolean', 'integer', 'fraction', 'string', 'object', 'array']);

/**
 * How a schema tells the kinds: by nothing, by keywords that mean something for one kind only (`properties`), by the
 * values of `enum` or `const`, or by `type`. What is told better goes first where two are combined.
 */
export const certainty = { nothing: 0, keywords: 1, values: 2, type: 3 } as const;
export type Certainty = (typeof certainty)[keyof typeof certainty];

/** A schema below another, read when it is needed, so that a recursive schema has a finite shape. */
export interface Part {
  /** Where it stands. */
  readonly pointer: string;
  /** The nodes that declare it; to meet one of them again below it is recursion. */
  readonly declaredAt: ReadonlySet<string>;
  readonly shape: () => Shape;
}

/** What is said of objects. */
export interface ObjectShape {
  readonly properties: ReadonlyMap<string, Part>;
  /** Names that are there in every object, whatever else holds. */
  readonly required: ReadonlySet<string>;
  /** What further holds: of each, one of the variants. */
  readonly choices: readonly Choice[];
  /** Schemas of properties that are not declared by name (`patternProperties`, `additionalProperties`). */
  readonly extras: readonly Part[];
  /** Whether undeclared properties of any value may come. */
  readonly open: boolean;
  /** What is said of undeclared names, which are values themselves (`propertyNames`). */
  readonly names?: Part;
}

export interface Choice {
  /** `choice`: `anyOf`, `oneOf`; `condition`: `if`, `dependentSchemas`. */
  readonly kind: 'choice' | 'condition';
  readonly variants: readonly ObjectShape[];
}

/** What is said of arrays: of all their items, or of each position. */
export interface ArrayShape {
  readonly items?: Part;
  /** Of a tuple: what stands at one position or another. */
  readonly positions: readonly Part[];
}

/** What the mapping has to know of a schema: which values it lets pass, as far as columns differ by them. */
export interface Shape {
  readonly kinds: ReadonlySet<Kind>;
  readonly certainty: Certainty;
  readonly format?: string;
  /** Declared bounds of numbers, inclusive ones and others alike. */
  readonly minimum?: number;
  readonly maximum?: number;
  readonly object: ObjectShape;
  readonly array: ArrayShape;
  /** Every value is one of a list (`enum`, `const`). */
  readonly isListed?: boolean;
  readonly description?: string;
  /** The treatments that apply, as they stand in the document: all say the same. */
  readonly treatments: readonly JsonValue[];
  /** Some of the alternatives have another treatment than others. */
  readonly mixedTreatment?: boolean;
  /** Why values are nobody's although they look personal (`notPersonal`). */
  readonly waiver?: string;
  /** A reference that leads to nothing, or in a circle. */
  readonly badReference?: boolean;
  /** The nodes that it was read from; and those of them whose rules hold for each of its values but null. */
  readonly nodes: ReadonlySet<JsonObject>;
  readonly rules: ReadonlySet<JsonObject>;
}

export const noObject: ObjectShape = {
  properties: new Map(),
  required: new Set(),
  choices: [],
  extras: [],
  open: true,
};
export const noArray: ArrayShape = { positions: [] };
/** Of a schema that says nothing. */
export const anything: Shape = {
  kinds: allKinds,
  certainty: certainty.nothing,
  object: noObject,
  array: noArray,
  treatments: [],
  nodes: new Set(),
  rules: new Set(),
};
/** Of the schema `false`. */
export const nothing: Shape = { ...anything, kinds: new Set(), certainty: certainty.type };

/** Whether values other than null are let pass. */
export function isPossible(shape: Shape): boolean {
  return [...shape.kinds].some((kind) => kind !== 'null');
}

/** Kinds without null, in words of JSON Schema: "integer" and "fraction" are a number. */
export function kindNames(shape: Shape): string[] {
  const names = [...shape.kinds].filter((kind) => kind !== 'null' && kind !== 'fraction');
  const isNumber = shape.kinds.has('fraction');
  return isNumber ? [...names.filter((kind) => kind !== 'integer'), 'number'] : names;
}

/** The shape of what fits both schemas. What the first says of itself (description, treatment) goes first. */
export function meet(first: Shape, second: Shape): Shape {
  if (first === second || second === anything) return first;
  if (first === anything) return second;
  const format = first.format ?? second.format;
  const minimum = pick(Math.max, first.minimum, second.minimum);
  const maximum = pick(Math.min, first.maximum, second.maximum);
  const description = first.description ?? second.description;
  const waiver = first.waiver ?? second.waiver;
  const isMixed = first.mixedTreatment === true || (second.mixedTreatment === true && first.treatments.length === 0);
  return {
    ...meetKinds(first, second),
    object: meetObjects(first.object, second.object),
    array: meetArrays(first.array, second.array),
    treatments: meetTreatments(first.treatments, second.treatments),
    nodes: first.nodes.union(second.nodes),
    rules: first.rules.union(second.rules),
    ...(format === undefined ? {} : { format }),
    ...(minimum === undefined ? {} : { minimum }),
    ...(maximum === undefined ? {} : { maximum }),
    ...(first.isListed || second.isListed ? { isListed: true } : {}),
    ...(description === undefined ? {} : { description }),
    ...(isMixed ? { mixedTreatment: true } : {}),
    ...(waiver === undefined ? {} : { waiver }),
    ...(first.badReference || second.badReference ? { badReference: true } : {}),
  };
}

/** The shape of what fits one of the schemas. */
export function join(shapes: readonly Shape[], kind: Choice['kind']): Shape {
  const possible = [...new Set(shapes)].filter((shape) => shape.kinds.size > 0);
  const [first, ...others] = possible;
  if (first === undefined) return nothing;
  if (others.length === 0) return first;
  const strings = new Set(possible.filter(({ kinds }) => kinds.has('string')).map(({ format }) => format));
  const numbers = possible.filter(({ kinds }) => kinds.has('integer'));
  const valued = possible.filter(isPossible);
  const treatments = new Set(valued.map((shape) => canonicalJson(shape.treatments[0] ?? null)));
  const format = joinFormats(strings);
  const [only] = valued;
  const minimum = pickAll(Math.min, numbers, 'minimum');
  const maximum = pickAll(Math.max, numbers, 'maximum');
  return {
    kinds: new Set(possible.flatMap((shape) => [...shape.kinds])),
    certainty: possible.reduce<Certainty>((least, shape) => lesser(least, shape.certainty), certainty.type),
    object: joinObjects(possible, kind),
    array: joinArrays(possible),
    treatments: treatments.size === 1 ? [...new Set(valued.flatMap((shape) => shape.treatments))] : [],
    nodes: new Set(possible.flatMap((shape) => [...shape.nodes])),
    rules: valued.map(({ rules }) => rules).reduce((all, next) => all.intersection(next), only?.rules ?? new Set()),
    ...(format === undefined ? {} : { format }),
    ...(minimum === undefined ? {} : { minimum }),
    ...(maximum === undefined ? {} : { maximum }),
    ...(valued.length === 1 && only?.description !== undefined ? { description: only.description } : {}),
    ...(valued.every(({ isListed }) => isListed) ? { isListed: true } : {}),
    ...(only?.waiver !== undefined && valued.every(({ waiver }) => waiver !== undefined)
      ? { waiver: only.waiver }
      : {}),
    ...(treatments.size > 1 || valued.some((shape) => shape.mixedTreatment) ? { mixedTreatment: true } : {}),
    ...(possible.some((shape) => shape.badReference) ? { badReference: true } : {}),
  };
}

function joinFormats(formats: ReadonlySet<string | undefined>): string | undefined {
  const addresses = ['ipv4', 'ipv6', eitherAddress];
  if (formats.size > 1)
    return [...formats].every((format) => addresses.includes(format ?? '')) ? eitherAddress : undefined;
  const [format] = formats;
  return format;
}

/** Both parts hold at one place. */
export function bothParts(first: Part, second: Part): Part {
  if (first === second) return first;
  const declaredAt = new Set([...first.declaredAt, ...second.declaredAt]);
  return { pointer: first.pointer, declaredAt, shape: lazily(() => meet(first.shape(), second.shape())) };
}

/** One of the parts holds at one place; undefined where there are none. */
export function onePart(parts: readonly [Part, ...Part[]]): Part;
export function onePart(parts: readonly Part[]): Part | undefined;
export function onePart(parts: readonly Part[]): Part | undefined {
  const distinct = [...new Set(parts)];
  const [first, another] = distinct;
  if (first === undefined || another === undefined) return first;
  return {
    pointer: first.pointer,
    declaredAt: new Set(distinct.flatMap((part) => [...part.declaredAt])),
    shape: lazily(() =>
      join(
        distinct.map((part) => part.shape()),
        'choice',
      ),
    ),
  };
}

/** Computes once, when first asked. */
export function lazily<T>(compute: () => T): () => T {
  let value: { readonly computed: T } | undefined;
  return () => {
    value ??= { computed: compute() };
    return value.computed;
  };
}

/** Whether anything is said of properties. */
export function saysNothing({ properties, choices, extras, names }: ObjectShape): boolean {
  return properties.size === 0 && choices.length === 0 && extras.length === 0 && names === undefined;
}

/** The first's go before another's, since what stands beside a `$ref` does. */
function meetTreatments(first: readonly JsonValue[], second: readonly JsonValue[]): readonly JsonValue[] {
  const [own, other] = [first[0], second[0]];
  if (own === undefined || other === undefined) return own === undefined ? second : first;
  return canonicalJson(own) === canonicalJson(other) ? [...new Set([...first, ...second])] : first;
}

function meetKinds(first: Shape, second: Shape): Pick<Shape, 'kinds' | 'certainty'> {
  if (first.certainty !== second.certainty) {
    const { kinds, certainty: better } = first.certainty > second.certainty ? first : second;
    return { kinds, certainty: better };
  }
  const kinds = new Set([...first.kinds].filter((kind) => second.kinds.has(kind)));
  // Guesses that contradict each other tell nothing.
  if (kinds.size === 0 && first.certainty <= certainty.keywords) return anything;
  return { kinds, certainty: first.certainty };
}

function meetObjects(first: ObjectShape, second: ObjectShape): ObjectShape {
  if (first === second || second === noObject) return first;
  if (first === noObject) return second;
  const properties = new Map(first.properties);
  for (const [name, part] of second.properties) {
    const other = properties.get(name);
    properties.set(name, other === undefined ? part : bothParts(other, part));
  }
  const names = first.names && second.names ? bothParts(first.names, second.names) : (first.names ?? second.names);
  return {
    ...(names === undefined ? {} : { names }),
    properties,
    required: first.required.union(second.required),
    choices: [...new Set([...first.choices, ...second.choices])],
    extras: first.extras.length > 0 ? first.extras : second.extras,
    open: first.open && second.open,
  };
}

function meetArrays(first: ArrayShape, second: ArrayShape): ArrayShape {
  const positions = [...new Set([...first.positions, ...second.positions])];
  const items = first.items && second.items ? bothParts(first.items, second.items) : (first.items ?? second.items);
  return items === undefined ? { positions } : { items, positions };
}

function joinObjects(shapes: readonly Shape[], kind: Choice['kind']): ObjectShape {
  const variants = [...new Set(shapes.filter(({ kinds }) => kinds.has('object')).map(({ object }) => object))];
  const [only] = variants;
  if (only !== undefined && variants.length === 1) return only;
  if (only !== undefined && variants.every(saysNothing)) {
    const required = variants.map((variant) => variant.required).reduce((all, next) => all.intersection(next));
    return { ...noObject, required, open: variants.some(({ open }) => open) };
  }
  return { ...noObject, choices: [{ kind, variants }] };
}

function joinArrays(shapes: readonly Shape[]): ArrayShape {
  const arrays = shapes.filter(({ kinds }) => kinds.has('array')).map(({ array }) => array);
  const positions = [...new Set(arrays.flatMap((array) => array.positions))];
  const each = arrays.map(({ items }) => items).filter((items) => items !== undefined);
  const items = each.length < arrays.length ? undefined : onePart(each);
  return items === undefined ? { positions } : { items, positions };
}

function pick(best: (a: number, b: number) => number, a: number | undefined, b: number | undefined) {
  return a === undefined || b === undefined ? (a ?? b) : best(a, b);
}

function pickAll(best: (a: number, b: number) => number, shapes: readonly Shape[], bound: 'minimum' | 'maximum') {
  const [first, ...others] = shapes.map((shape) => shape[bound]);
  return others.reduce<number | undefined>(
    (so, next) => (so === undefined || next === undefined ? undefined : best(so, next)),
    first,
  );
}

function lesser(a: Certainty, b: Certainty): Certainty {
  return a < b ? a : b;
}

/** A type of JSON values as TypeScript can say it: what a value is one of. None: no value. */
export type ValueType = readonly Alternative[];

export type Alternative =
  | { readonly kind: 'null' }
  /** `literals`: the only values, as TypeScript writes them. */
  | { readonly kind: 'boolean' | 'number' | 'string'; readonly literals?: ReadonlySet<string> }
  | { readonly kind: 'array'; readonly array: ArrayType }
  | { readonly kind: 'object'; readonly object: ObjectType }
  /** A type that is declared by name. */
  | { readonly kind: 'named'; readonly name: string; readonly of: () => ValueType };

/** What values no other keyword speaks of may be: anything, because nobody says; anything; nothing; or of a type. */
export type Others = 'unsaid' | 'any' | 'none' | ValueType;

export interface ArrayType {
  readonly first: readonly ValueType[];
  /** Of the first, so many are always there. */
  readonly min: number;
  readonly others: Others;
}

export interface ObjectType {
  readonly properties: ReadonlyMap<string, PropertyType>;
  readonly others: Others;
  /** There are none by `unevaluatedProperties`: what another alternative declares may be there, where both are met. */
  readonly isSharing?: boolean;
}

export interface PropertyType {
  readonly type: ValueType;
  readonly required: boolean;
  /** Required, and nothing more is said of it. */
  readonly isUndeclared?: boolean;
  readonly description?: string;
}

export const anyArray: ArrayType = { first: [], min: 0, others: 'unsaid' };
export const anyObject: ObjectType = { properties: new Map(), others: 'unsaid' };

export const anyValue: ValueType = [
  { kind: 'boolean' },
  { kind: 'number' },
  { kind: 'string' },
  { kind: 'array', array: anyArray },
  { kind: 'object', object: anyObject },
  { kind: 'null' },
];

/** More alternatives of one type are not told apart; nobody reads them. */
const maxAlternatives = 100;
/** How deep types are combined property by property; below, the first one stands for both. */
const maxDepth = 24;

/** What is of one of the types: anything, where one of them says nothing. */
export function either(types: readonly ValueType[]): ValueType {
  return types.some((type) => type === anyValue) ? anyValue : eachOf(types);
}

/** What is of one of the types, where it counts what each speaks of: beside one that says nothing, the others are told. */
export function eachOf(types: readonly ValueType[]): ValueType {
  const all = [...new Set(types.flat())];
  return all.length > maxAlternatives ? widened(all) : joinLiterals(all);
}

/** What is of both types. */
export function both(first: ValueType, second: ValueType, depth = 0): ValueType {
  if (first === second || second === anyValue || depth > maxDepth) return first;
  if (first === anyValue) return second;
  const found: Alternative[] = [];
  for (const a of opened(first)) for (const b of opened(second)) found.push(...bothAlternatives(a, b, depth));
  const distinct = joinLiterals(found);
  return distinct.length > maxAlternatives ? widened(distinct) : distinct;
}

/** With named types taken apart, one level. */
export function opened(type: ValueType): readonly Alternative[] {
  return type.flatMap((one) => (one.kind === 'named' ? opened(one.of()) : [one]));
}

function bothAlternatives(a: Alternative, b: Alternative, depth: number): readonly Alternative[] {
  if (a === b) return [a];
  if (a.kind === 'array' && b.kind === 'array') {
    const array = bothArrays(a.array, b.array, depth);
    return array === undefined ? [] : [{ kind: 'array', array }];
  }
  if (a.kind === 'object' && b.kind === 'object') {
    const object = bothObjects(a.object, b.object, depth);
    return object === undefined ? [] : [{ kind: 'object', object }];
  }
  if (a.kind !== b.kind) return [];
  const [own, other] = ['literals' in a ? a.literals : undefined, 'literals' in b ? b.literals : undefined];
  if (own === undefined || other === undefined) return own === undefined ? [b] : [a];
  const literals = own.intersection(other);
  return literals.size === 0 ? [] : [scalar(a.kind, literals)];
}

function bothArrays(a: ArrayType, b: ArrayType, depth: number): ArrayType | undefined {
  const min = Math.max(a.min, b.min);
  const first: ValueType[] = [];
  for (let at = 0; at < Math.max(a.first.length, b.first.length); at++) {
    const item = both(a.first[at] ?? typeOfOthers(a.others), b.first[at] ?? typeOfOthers(b.others), depth + 1);
    if (item.length === 0) return at < min ? undefined : { first, min, others: 'none' };
    first.push(item);
  }
  return { first, min, others: bothOthers(a.others, b.others, depth) };
}

function bothObjects(a: ObjectType, b: ObjectType, depth: number): ObjectType | undefined {
  const properties = new Map<string, PropertyType>();
  const others = bothOthers(a.others, b.others, depth);
  for (const name of new Set([...a.properties.keys(), ...b.properties.keys()])) {
    const [own, other] = [a.properties.get(name), b.properties.get(name)];
    const type = both(own?.type ?? typeOfOthers(a.others), other?.type ?? typeOfOthers(b.others), depth + 1);
    const required = own?.required === true || other?.required === true;
    if (type.length === 0 && required) return undefined;
    const description = own?.description ?? other?.description;
    const isUndeclared = [own, other].every((one) => one === undefined || one.isUndeclared === true);
    // What nothing can be is left out where all undeclared properties are.
    if (type.length === 0 && others === 'none') continue;
    properties.set(name, { type, required, isUndeclared, ...(description === undefined ? {} : { description }) });
  }
  const isSharing = [a, b].every((one) => one.others !== 'none' || one.isSharing === true);
  return { properties, others, isSharing };
}

function bothOthers(a: Others, b: Others, depth: number): Others {
  if (a === 'none' || b === 'none') return 'none';
  if (a === 'unsaid') return b;
  if (b === 'unsaid') return a;
  if (a === 'any' || b === 'any') return a === 'any' ? b : a;
  const type = both(a, b, depth + 1);
  return type.length === 0 ? 'none' : type;
}

export function typeOfOthers(others: Others): ValueType {
  if (others === 'none') return [];
  return others === 'unsaid' || others === 'any' ? anyValue : others;
}

/** Literals of one kind beside each other are one alternative; beside the whole kind they say nothing. */
function joinLiterals(all: readonly Alternative[]): readonly Alternative[] {
  const joined: Alternative[] = [];
  for (const one of all) {
    const at = 'literals' in one || isScalar(one) ? joined.findIndex(({ kind }) => kind === one.kind) : -1;
    const known = joined[at];
    if (known === undefined) joined.push(one);
    else joined[at] = joinScalars(known, one);
  }
  return joined;
}

function isScalar({ kind }: Alternative): boolean {
  return kind === 'null' || kind === 'boolean' || kind === 'number' || kind === 'string';
}

function joinScalars(a: Alternative, b: Alternative): Alternative {
  const [own, other] = ['literals' in a ? a.literals : undefined, 'literals' in b ? b.literals : undefined];
  if (own === undefined || other === undefined) return own === undefined ? a : b;
  return scalar(a.kind, own.union(other));
}

function scalar(kind: Alternative['kind'], literals: ReadonlySet<string>): Alternative {
  return { kind: kind === 'boolean' || kind === 'number' ? kind : 'string', literals };
}

function widened(all: readonly Alternative[]): ValueType {
  const kinds = new Set(opened(all).map(({ kind }) => kind));
  return anyValue.filter(({ kind }) => kinds.has(kind));
}

import type { JsonObject, JsonValue } from '../../event/json.ts';
import { type Fact, failsIn, fits, opposite, type Term, type Terms } from './facts.ts';
import { type Emptiness, type Literal, type Meaning, nothingSaid, saying, type Way, way } from './literals.ts';

const endless = Number.POSITIVE_INFINITY;

/** What a schema says of arrays (core section 10.3.1, validation section 6.4). */
export function assertArray(keyword: string, { schema, root }: Term, terms: Terms): Meaning {
  const node: JsonObject = typeof schema === 'boolean' ? {} : schema;
  const value = node[keyword] ?? null;
  const fact = (part: JsonValue | undefined) => fits(terms.of(part, root));
  switch (keyword) {
    case 'prefixItems':
      return Array.isArray(value)
        ? saying(...value.map((part, at): Literal => ({ kind: 'items', from: at, to: at, fact: fact(part) })))
        : nothingSaid;
    case 'items':
      return saying({ kind: 'items', from: prefixLength(node), to: endless, fact: fact(value) });
    case 'contains':
      return saying({ kind: 'count', fact: fact(value), ...countBounds(node) });
    case 'uniqueItems':
      return value === true ? saying({ kind: 'unique', holds: true }) : nothingSaid;
    case 'minItems':
      return typeof value === 'number' ? saying({ kind: 'size', min: Math.ceil(value), max: endless }) : nothingSaid;
    case 'maxItems':
      return typeof value === 'number' ? saying({ kind: 'size', min: 0, max: Math.floor(value) }) : nothingSaid;
    default:
      return nothingSaid;
  }
}

/** The ways in which an array can break a rule. */
export function violateArray(keyword: string, { schema, root }: Term, terms: Terms): Way[] {
  const node: JsonObject = typeof schema === 'boolean' ? {} : schema;
  const value = node[keyword] ?? null;
  const fact = (part: JsonValue | undefined) => failsIn(terms.of(part, root));
  switch (keyword) {
    case 'prefixItems':
      return Array.isArray(value)
        ? value.map((part, at) => way([{ kind: 'item', from: at, to: at, fact: fact(part) }]))
        : [];
    case 'items':
      return [way([{ kind: 'item', from: prefixLength(node), to: endless, fact: fact(value) }])];
    case 'contains': {
      const { min, max } = countBounds(node);
      const counted = opposite(fact(value));
      const few: Way[] = min > 0 ? [way([{ kind: 'count', fact: counted, min: 0, max: min - 1 }])] : [];
      return max === endless ? few : [...few, way([{ kind: 'count', fact: counted, min: max + 1, max: endless }])];
    }
    case 'uniqueItems':
      return value === true ? [way([{ kind: 'unique', holds: false }])] : [];
    case 'minItems':
      return typeof value === 'number' && value > 0 ? [way([{ kind: 'size', min: 0, max: Math.ceil(value) - 1 }])] : [];
    case 'maxItems':
      return typeof value === 'number' ? [way([{ kind: 'size', min: Math.floor(value) + 1, max: endless }])] : [];
    default:
      return [];
  }
}

function prefixLength(node: JsonObject): number {
  return Array.isArray(node['prefixItems']) ? node['prefixItems'].length : 0;
}

function countBounds(node: JsonObject): { readonly min: number; readonly max: number } {
  const { minContains, maxContains } = node;
  return {
    min: typeof minContains === 'number' ? minContains : 1,
    max: typeof maxContains === 'number' ? maxContains : endless,
  };
}

/** Places of an array of which the same is known: from one to another, both included. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  /** Of every item there. */
  readonly facts: readonly Fact[];
}

type OfKind<K extends Literal['kind']> = Extract<Literal, { readonly kind: K }>;

/** True when no array fits. What cannot be decided counts as an array that fits. */
export function noArray(literals: readonly Literal[], ask: Emptiness): boolean {
  const ofKind = <K extends Literal['kind']>(kind: K) =>
    literals.filter((literal): literal is OfKind<K> => literal.kind === kind);
  const items = ofKind('item');
  const sizes = ofKind('size');
  const unique = ofKind('unique');
  if (unique.some(({ holds }) => holds) && unique.some(({ holds }) => !holds)) return true;
  const stretches = stretchesOf(ofKind('items'), items);
  // The first place where nothing can stand ends the array.
  const blocked = stretches.find(({ facts }) => !ask.inhabited(facts))?.from ?? endless;
  const max = Math.min(blocked, ...sizes.map((size) => size.max));
  const needed = unique.some(({ holds }) => !holds) ? 2 : 0;
  const min = Math.max(needed, ...sizes.map((size) => size.min), ...items.map(({ from }) => from + 1));
  if (min > max) return true;
  const within = stretches.filter(({ from }) => from < max).map((s) => ({ ...s, to: Math.min(s.to, max - 1) }));
  if (items.some((item) => !canStand(item, within, items, ask))) return true;
  return ofKind('count').some((count) => cannotCount(count, { literals, stretches: within, min, ask }));
}

function stretchesOf(every: readonly OfKind<'items'>[], some: readonly OfKind<'item'>[]): Stretch[] {
  const borders = new Set([0]);
  for (const { from, to } of [...every, ...some]) {
    borders.add(from);
    if (to !== endless) borders.add(to + 1);
  }
  const sorted = [...borders].sort((a, b) => a - b);
  return sorted.map((from, index) => ({
    from,
    to: (sorted[index + 1] ?? endless) - 1,
    facts: every.filter((one) => one.from <= from && from <= one.to).map(({ fact }) => fact),
  }));
}

function canStand(
  item: OfKind<'item'>,
  stretches: readonly Stretch[],
  items: readonly OfKind<'item'>[],
  ask: Emptiness,
): boolean {
  const single = item.from === item.to;
  const others = single ? items.filter(({ from, to }) => from === item.from && to === item.to) : [item];
  return stretches.some(
    ({ from, to, facts }) =>
      from <= item.to && item.from <= to && ask.inhabited([...facts, ...others.map(({ fact }) => fact)]),
  );
}

interface Counting {
  readonly literals: readonly Literal[];
  readonly stretches: readonly Stretch[];
  readonly min: number;
  readonly ask: Emptiness;
}

/** True when so many, or so few, items that fit cannot be in the array. */
function cannotCount(count: OfKind<'count'>, { literals, stretches, min, ask }: Counting): boolean {
  const { fact } = count;
  const outside = opposite(fact);
  const possible = sum(stretches.filter(({ facts }) => ask.inhabited([...facts, fact])).map(lengthOf));
  if (possible < count.min) return true;
  if (count.max === endless) return false;
  const always = stretches.filter(({ from, facts }) => from < min && !ask.inhabited([...facts, outside]));
  if (sum(always.map(({ from, to }) => Math.min(to, min - 1) - from + 1)) > count.max) return true;
  return literals.some((other) => {
    if (other.kind === 'item') {
      const there = stretches.filter(({ from, to }) => from <= other.to && other.from <= to);
      return count.max === 0 && there.every(({ facts }) => !ask.inhabited([...facts, other.fact, outside]));
    }
    if (other.kind !== 'count' || other.min <= count.max) return false;
    return stretches.every(({ facts }) => !ask.inhabited([...facts, other.fact, outside]));
  });
}

function lengthOf({ from, to }: Stretch): number {
  return to - from + 1;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

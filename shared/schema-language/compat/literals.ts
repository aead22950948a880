import type { JsonValue } from '../../event/json.ts';
import type { Fact } from './facts.ts';

/** The types of JSON values; `integer` is a kind of number (JSON Schema 2020-12 validation section 6.1.1). */
export const valueTypes = ['null', 'boolean', 'number', 'string', 'array', 'object'] as const;
export type ValueType = (typeof valueTypes)[number];

/** Names of properties: these, or all but some, that match patterns and of which facts hold as strings. */
export type Names =
  | { readonly kind: 'these'; readonly names: ReadonlySet<string> }
  | {
      readonly kind: 'others';
      readonly except: ReadonlySet<string>;
      readonly matches: readonly string[];
      readonly avoids: readonly string[];
      readonly facts: readonly Fact[];
    };

/** One condition on a value of one type, which no other condition has to be known for. */
export type Literal =
  | { readonly kind: 'range'; readonly min?: Bound; readonly max?: Bound }
  | { readonly kind: 'multiple'; readonly of: number; readonly holds: boolean }
  | { readonly kind: 'whole'; readonly holds: boolean }
  | { readonly kind: 'length'; readonly min?: number; readonly max?: number }
  | { readonly kind: 'pattern'; readonly pattern: string; readonly holds: boolean }
  | { readonly kind: 'format'; readonly format: string; readonly holds: boolean }
  /** Every item at these places, if it is there. */
  | { readonly kind: 'items'; readonly from: number; readonly to: number; readonly fact: Fact }
  /** An item at one of these places that is there. */
  | { readonly kind: 'item'; readonly from: number; readonly to: number; readonly fact: Fact }
  | { readonly kind: 'count'; readonly fact: Fact; readonly min: number; readonly max: number }
  | { readonly kind: 'unique'; readonly holds: boolean }
  /** Every property of these names, if it is there. */
  | { readonly kind: 'properties'; readonly names: Names; readonly fact: Fact }
  /** A property of one of these names that is there. */
  | { readonly kind: 'property'; readonly names: Names; readonly fact: Fact }
  /** Number of items or properties. */
  | { readonly kind: 'size'; readonly min: number; readonly max: number }
  | { readonly kind: 'none-of'; readonly values: readonly JsonValue[] };

export interface Bound {
  readonly value: number;
  readonly exclusive: boolean;
}

/** A way in which something can be so: all of these. */
export interface Way {
  readonly facts: readonly Fact[];
  readonly literals: readonly Literal[];
}

/** What a keyword says of a value: all of these, one way of each choice. */
export interface Meaning extends Way {
  readonly choices: readonly (readonly Way[])[];
}

export const nothingSaid: Meaning = { facts: [], literals: [], choices: [] };
export const saying = (...literals: Literal[]): Meaning => ({ facts: [], literals, choices: [] });
export const way = (literals: readonly Literal[], facts: readonly Fact[] = []): Way => ({ facts, literals });
export const these = (...names: string[]): Names => ({ kind: 'these', names: new Set(names) });

/** Asks whether any value fits: the recursion of the decision. */
export interface Emptiness {
  /** False only when no value at all fits all facts. */
  inhabited(facts: readonly Fact[]): boolean;
  /** False only when no string fits all facts and literals. */
  stringExists(facts: readonly Fact[], literals: readonly Literal[]): boolean;
  /** Whether a value fits all facts; undefined when that cannot be decided. */
  accepts(facts: readonly Fact[], value: JsonValue): boolean | undefined;
  readonly everything: Fact;
  readonly nothing: Fact;
  /** Something in the answer is not decided. */
  doubt(): void;
}

import type { Pointer } from '../event/json-pointer.ts';
import type { CellTexts } from './byte-row.ts';
import type { Zone } from './zones.ts';

/** What becomes of a number that is to be whole and is not. */
export const roundings = ['exact', 'nearest', 'down', 'up'] as const;
export type Rounding = (typeof roundings)[number];

/**
 * How the bytes of a cell become JSON without being a text in between, where they are what cells of this kind mostly are.
 * What it says is what the converter says that it belongs to, or nothing: then the cell is converted as a text.
 */
export type Quick =
  /** As it is, in quotes. */
  | { readonly kind: 'text' }
  /** A number, as it is. */
  | { readonly kind: 'digits'; readonly mayHaveFraction: boolean }
  /** A whole number, of up to nine digits and three decimals. */
  | { readonly kind: 'scaled'; readonly times: number; readonly dividedBy: number; readonly round: Rounding }
  /** `YYYY-MM-DD HH:mm:ss` with a fraction of none, three or six digits; `between` is the byte before the hour. */
  | { readonly kind: 'calendar'; readonly between: number; readonly zone: Zone }
  /** Digits since 1970; `places` of the decimal point from seconds. */
  | { readonly kind: 'unix'; readonly places: number }
  /** Texts, as they are. */
  | { readonly kind: 'list'; readonly separator: string; readonly nulls: CellTexts; readonly empties: CellTexts }
  /** A part of JSON. */
  | { readonly kind: 'pointer'; readonly pointer: Pointer }
  /** What a short cell became is remembered. */
  | { readonly kind: 'remembered' };

export const remembered: Quick = { kind: 'remembered' };

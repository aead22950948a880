import { type Price, prices } from './prices.ts';

/** A component's share of a month's bill. */
export interface BillLine {
  readonly component: string;
  /** How much of what the price is for. */
  readonly quantity: number;
  readonly unit: string;
  readonly usd: number;
  /** How the quantity comes about. */
  readonly formula: string;
}

export interface Bill {
  readonly lines: readonly BillLine[];
  readonly totalUsd: number;
}

export type PriceName = keyof typeof prices;

export const kilobyte = 1_000;
export const gibibyte = 2 ** 30;
export const tebibyte = 2 ** 40;

/** A line: `quantity` in the unit of the price. */
export function line(component: string, price: PriceName, quantity: number, formula: string): BillLine {
  const { usd, unit }: Price = prices[price];
  return { component, quantity, unit, usd: quantity * usd, formula };
}

export function billOf(lines: readonly BillLine[]): Bill {
  return { lines, totalUsd: lines.reduce((sum, { usd }) => sum + usd, 0) };
}

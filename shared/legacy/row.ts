import type { Written } from './fault.ts';

/** A record's cells, as they were written, and what the directives above it said. */
export interface Row {
  readonly cells: readonly string[];
  /** No cell has anything to decode, or that JSON escapes. */
  readonly clean: boolean;
  readonly directives: ReadonlyMap<string, string>;
}

/** JSON text of a value of a record. */
export type Writer = (row: Row) => Written;

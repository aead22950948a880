import type { JsonObject } from '../event/json.ts';

/** Reads the tables of events, whatever types they are of. Rejects with `Unavailable`. */
export interface EventRows {
  /** Names of the tables, the one that types in alpha share included. */
  tables(): Promise<readonly string[]>;
  /**
   * The rows of a table in which some text, or a key of an object, begins with `beginning` (letters, digits, `+` and `/`, at
   * least 6), wherever it stands: by the names of its columns, JSON columns as what they hold, times as RFC 3339. In pages that memory holds,
   * none empty, in no order; a row is there as often as the table has it.
   */
  holding(table: string, beginning: string): AsyncIterable<readonly JsonObject[]>;
}

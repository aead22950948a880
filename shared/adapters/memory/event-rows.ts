import type { JsonObject } from '../../event/json.ts';
import type { EventRows } from '../../ports/event-rows.ts';

/** Rows by the name of their table, as whoever has put them there. */
export function createMemoryEventRows(rows: ReadonlyMap<string, readonly JsonObject[]>): EventRows {
  return {
    tables: async () => [...rows.keys()],
    async *holding(table, beginning) {
      const found = (rows.get(table) ?? []).filter((row) => JSON.stringify(row).includes(`"${beginning}`));
      if (found.length > 0) yield structuredClone(found);
    },
  };
}

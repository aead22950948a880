import { makeInTurn } from '../core/in-turn.ts';
import type { SealedBatch, Store, StoredEvent } from '../core/ports.ts';
import { makeTableStore, type Table, type Tables } from './table-store.ts';

/** The queue of a page that can keep none, or is not to: it ends with the page. */
export function makeMemoryStore(newSource: () => string): Store {
  const events = new Map<number, StoredEvent>();
  const batches = new Map<number, SealedBatch>();
  let kept = '{}';
  const tables: Tables = {
    meta: {
      get: async () => JSON.parse(kept),
      put(meta) {
        kept = JSON.stringify(meta);
      },
    },
    events: {
      ...tableOf(events, ({ n }) => n),
      oldest: async (max) => [...events.values()].slice(0, max),
      // The oldest come first, and stay where others are no lower.
      lowest: async () =>
        [...events.values()].reduce<StoredEvent | undefined>(
          (lowest, event) => (lowest && lowest.priority <= event.priority ? lowest : event),
          undefined,
        ),
    },
    batches: { ...tableOf(batches, ({ id }) => id), keys: async () => [...batches.keys()] },
  };
  const inOne = makeInTurn(Promise.resolve(tables));
  return makeTableStore({ durability: 'memory', newSource, inOne, close() {} });
}

function tableOf<Row>(rows: Map<number, Row>, keyOf: (row: Row) => number): Table<Row> {
  return {
    get: async (key) => rows.get(key),
    put: (row) => rows.set(keyOf(row), row),
    delete: (key) => rows.delete(key),
    clear: () => rows.clear(),
  };
}

import { makeInTurn } from '../core/in-turn.ts';
import type { SealedBatch, Store, StoredEvent } from '../core/ports.ts';
import { type Meta, makeTableStore, type Tables } from './table-store.ts';

/** The queue of a page that can keep none, or is not to: it ends with the page. */
export function makeMemoryStore(newSource: () => string): Store {
  const events = new Map<number, StoredEvent>();
  const batches = new Map<number, SealedBatch>();
  let kept: Meta | undefined;
  const inTurn = makeInTurn();
  const tables: Tables = {
    readMeta: async () => kept,
    writeMeta: (meta) => {
      kept = meta;
    },
    putEvent: (event) => void events.set(event.n, event),
    deleteEvent: (n) => void events.delete(n),
    oldest: async (max) => [...events.values()].slice(0, max),
    async lowest() {
      let lowest: StoredEvent | undefined;
      // The oldest come first.
      for (const event of events.values()) if (!lowest || event.priority < lowest.priority) lowest = event;
      return lowest;
    },
    batchIds: async () => [...batches.keys()],
    readBatch: async (id) => batches.get(id),
    putBatch: (batch) => void batches.set(batch.id, batch),
    deleteBatch: (id) => void batches.delete(id),
    clear() {
      events.clear();
      batches.clear();
    },
  };
  return makeTableStore({
    durability: 'memory',
    newSource,
    inOne: (work) => inTurn(() => work(tables)),
    close: () => undefined,
  });
}

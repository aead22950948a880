import { makeInTurn } from '../core/in-turn.ts';
import type { SealedBatch, Store, StoredEvent } from '../core/ports.ts';
import type { Recent } from './page-hide.ts';
import { type Asked, type Meta, makeTableStore, type Rows, type Tables } from './table-store.ts';

/** What a row may have that tells where it goes and comes. */
interface Keyed {
  readonly n?: number;
  readonly id?: string | number;
  readonly priority?: number;
}

/** Rows as IndexedDB has them, but there at once. */
class MemoryRows<Row extends Keyed> extends Map<number | string, Row> implements Rows<Row> {
  put(row: Row, key = row.n ?? row.id ?? 0): void {
    this.set(key, row);
  }

  getAll(_: null, count: number): Row[] {
    return [...this.values()].slice(0, count);
  }

  getAllKeys(): IDBValidKey[] {
    return [...this.keys()];
  }

  /** The lowest priority first, and the oldest of it. */
  index(): Pick<Rows<Row>, 'getAll'> {
    return { getAll: () => [...this.values()].sort((a, b) => (a.priority ?? 0) - (b.priority ?? 0)) };
  }
}

/** The queue of a page that can keep none, or is not to: it ends with the page. */
export function makeMemoryStore(newSource: () => string, recent: Recent): Store {
  const tables: Tables = {
    ask: async <T>(asked: Asked<T>) => asked as T,
    waiting: new MemoryRows<StoredEvent>(),
    batches: new MemoryRows<SealedBatch>(),
    meta: new MemoryRows<Keyed & Meta>(),
  };
  const inOne = makeInTurn(Promise.resolve(tables));
  return makeTableStore({ durability: 'memory', inOne, async close() {} }, newSource, recent);
}

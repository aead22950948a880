import type { SealedBatch, Store, StoredEvent } from '../core/ports.ts';
import { type InOne, makeTableStore, type Tables } from './table-store.ts';

const names = ['events', 'batches', 'meta'];
/** A database that does not open in this time, since another tab keeps an older one open, is none. */
const openTimeoutMillis = 5_000;

function ask<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function openDatabase(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => {
    const db = request.result;
    db.createObjectStore('events', { keyPath: 'n' }).createIndex('priority', ['priority', 'n']);
    db.createObjectStore('batches', { keyPath: 'id' });
    db.createObjectStore('meta');
  };
  return new Promise((resolve, reject) => {
    setTimeout(reject, openTimeoutMillis);
    ask(request).then(resolve, reject);
  });
}

/** The queue in IndexedDB, which all tabs of an origin share. Rejects where there is none. */
export async function openIndexedStore(name: string, newSource: () => string): Promise<Store> {
  const db = await openDatabase(name);
  // A later version of the page may want another shape.
  db.onversionchange = () => db.close();

  const inOne: InOne = async (work) => {
    const transaction = db.transaction(names, 'readwrite');
    const done = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
    });
    done.catch(() => undefined);
    try {
      const result = await work(tablesOf(transaction));
      await done;
      return result;
    } catch (error) {
      try {
        transaction.abort();
      } catch {
        // It has ended already.
      }
      throw error;
    }
  };
  return makeTableStore({ durability: 'page-close', newSource, inOne, close: () => db.close() });
}

function tablesOf(transaction: IDBTransaction): Tables {
  const [events, batches, meta] = names.map((name) => transaction.objectStore(name)) as [
    IDBObjectStore,
    IDBObjectStore,
    IDBObjectStore,
  ];
  return {
    readMeta: () => ask(meta.get('queue')),
    writeMeta: (value) => meta.put(value, 'queue'),
    putEvent: (event) => events.put(event),
    deleteEvent: (n) => events.delete(n),
    oldest: (max) => ask<StoredEvent[]>(events.getAll(null, max)),
    lowest: async () => (await ask(events.index('priority').openCursor()))?.value,
    batchIds: async () => (await ask(batches.getAllKeys())).map(Number),
    readBatch: (id) => ask<SealedBatch | undefined>(batches.get(id)),
    putBatch: (batch) => batches.put(batch),
    deleteBatch: (id) => batches.delete(id),
    clear() {
      events.clear();
      batches.clear();
    },
  };
}

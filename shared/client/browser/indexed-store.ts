import type { Store } from '../core/ports.ts';
import { type InOne, makeTableStore, type Table, type Tables } from './table-store.ts';

const names = ['events', 'batches', 'meta'];
/** A database that does not open in this time, since another tab keeps an older one open, is none. */
const openTimeoutMillis = 5_000;

function ask<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = reject;
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
  const close = () => db.close();
  // A later version of the page may want another shape.
  db.onversionchange = close;

  const inOne: InOne = async (work) => {
    const transaction = db.transaction(names, 'readwrite');
    const done = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = reject;
    });
    const [events, batches, meta] = names.map((table) => transaction.objectStore(table)) as [
      IDBObjectStore,
      IDBObjectStore,
      IDBObjectStore,
    ];
    const tables: Tables = {
      meta: { get: () => ask(meta.get('queue')), put: (value) => meta.put(value, 'queue') },
      events: {
        ...tableOf(events),
        oldest: (max) => ask(events.getAll(null, max)),
        lowest: async () => (await ask(events.index('priority').getAll(null, 1)))[0],
      },
      batches: {
        ...tableOf(batches),
        keys: () => ask(batches.getAllKeys() as IDBRequest<number[]>),
      },
    };
    const worked = work(tables).catch((error) => {
      // Where it has ended by itself this throws, too.
      transaction.abort();
      throw error;
    });
    const [result] = await Promise.all([worked, done]);
    return result;
  };
  return makeTableStore({ durability: 'page-close', newSource, inOne, close });
}

function tableOf<Row>(rows: IDBObjectStore): Table<Row> {
  return {
    get: (key) => ask(rows.get(key)),
    put: (row) => rows.put(row),
    delete: (key) => rows.delete(key),
    clear: () => rows.clear(),
  };
}

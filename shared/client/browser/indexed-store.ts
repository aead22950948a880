import type { Store } from '../core/ports.ts';
import type { Recent } from './page-hide.ts';
import { type Asked, type InOne, makeTableStore } from './table-store.ts';

/** A database that does not open in this time, since another tab keeps an older one open, is none. */
const openTimeoutMillis = 5_000;
const names = ['events', 'batches', 'meta'] as const;

function ask<T>(asked: Asked<T>): Promise<T> {
  const request = asked as IDBRequest<T>;
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
export async function openIndexedStore(name: string, newSource: () => string, recent: Recent): Promise<Store> {
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
    const rows = (table: (typeof names)[number]) => transaction.objectStore(table);
    const tables = { ask, events: rows('events'), batches: rows('batches'), meta: rows('meta') };
    const worked = work(tables).catch((error) => {
      // Where it has ended by itself this throws, too.
      transaction.abort();
      throw error;
    });
    const [result] = await Promise.all([worked, done]);
    return result;
  };
  return makeTableStore({ durability: 'page-close', newSource, inOne, recent, close });
}

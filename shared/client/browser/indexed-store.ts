import type { Store } from '../core/ports.ts';
import type { Recent } from './page-hide.ts';
import { type Asked, type InOne, makeTableStore } from './table-store.ts';

/** A database that does not open in this time, since another tab keeps an older one open, is none. */
const openTimeoutMillis = 5_000;

function ask<T>(asked: Asked<T>): Promise<T> {
  const request = asked as IDBRequest<T>;
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = reject;
  });
}

/** The queue in IndexedDB, which all tabs of an origin share. Rejects where there is none. */
export async function openIndexedStore(name: string, newSource: () => string, recent: Recent): Promise<Store> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => {
    const tables = request.result;
    tables.createObjectStore('events', { keyPath: 'n' }).createIndex('priority', ['priority', 'n']);
    tables.createObjectStore('batches', { keyPath: 'id' });
    tables.createObjectStore('meta');
  };
  const db = await new Promise<IDBDatabase>((resolve, reject) => {
    setTimeout(reject, openTimeoutMillis);
    ask(request).then(resolve, reject);
  });
  const close = async () => db.close();
  // A later version of the page may want another shape.
  db.onversionchange = close;

  const inOne: InOne = (work) =>
    new Promise((resolve, reject) => {
      const transaction = db.transaction(db.objectStoreNames, 'readwrite');
      const rows = (name: string) => transaction.objectStore(name);
      transaction.onabort = reject;
      work({ ask, waiting: rows('events'), batches: rows('batches'), meta: rows('meta') })
        .then((result) => (transaction.oncomplete = () => resolve(result)))
        // What fails is undone whole, and rejects then; `abort` throws where that has happened by itself.
        .catch(() => transaction.abort())
        .catch(reject);
    });
  return makeTableStore({ durability: 'page-close', inOne, close }, newSource, recent);
}

import { finishDraft, fitting, lossesOf } from '../core/event-text.ts';
import type { Draft, Loss, SealedBatch, Store, StoredEvent } from '../core/ports.ts';

/** What is beside the events, in one record: every operation reads it and writes it in its transaction. */
interface Meta {
  source: string;
  sequences: Record<string, number>;
  events: number;
  bytes: number;
  losses: Loss[];
  consent: boolean;
  note?: string;
  nextEvent: number;
  nextBatch: number;
}

interface Tables {
  /** In no batch. */
  readonly events: IDBObjectStore;
  readonly batches: IDBObjectStore;
  readonly meta: IDBObjectStore;
}

const emptyMeta: Meta = {
  source: '',
  sequences: {},
  events: 0,
  bytes: 0,
  losses: [],
  consent: true,
  nextEvent: 0,
  nextBatch: 0,
};
const tables = ['events', 'batches', 'meta'];
/** A database that does not open in this time, since another tab keeps an older one open, is none. */
const openTimeoutMillis = 5_000;
/** Of many groups, a batch of one is looked for among so many events. */
const maxScan = 2_000;

function ask<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function openDatabase(name: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error('IndexedDB does not open')), openTimeoutMillis);
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => {
      const db = request.result;
      db.createObjectStore('events', { keyPath: 'n' }).createIndex('priority', ['priority', 'n']);
      db.createObjectStore('batches', { keyPath: 'id' });
      db.createObjectStore('meta');
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** The queue in IndexedDB, which all tabs of an origin share. Rejects where there is none. */
export async function openIndexedStore(name: string, newSource: () => string): Promise<Store> {
  const db = await openDatabase(name);
  // A later version of the page may want another shape.
  db.onversionchange = () => db.close();

  /** One transaction: what `work` does happens whole, or not at all. */
  async function inOne<T>(work: (t: Tables, meta: Meta) => Promise<T> | T): Promise<T> {
    const transaction = db.transaction(tables, 'readwrite');
    const done = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
    });
    done.catch(() => undefined);
    const [events, batches, metaTable] = tables.map((table) => transaction.objectStore(table));
    try {
      if (!events || !batches || !metaTable) throw new Error('tables are missing');
      const meta: Meta = { ...emptyMeta, ...(await ask(metaTable.get('queue'))) };
      const before = JSON.stringify(meta);
      const result = await work({ events, batches, meta: metaTable }, meta);
      if (JSON.stringify(meta) !== before) metaTable.put(meta, 'queue');
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
  }

  function sourceOf(meta: Meta): string {
    meta.source ||= newSource();
    return meta.source;
  }

  function lose(meta: Meta, losses: readonly Loss[], sign = 1): void {
    for (const { type, reason, count } of losses) {
      const before = meta.losses.find((loss) => loss.type === type && loss.reason === reason);
      const total = (before?.count ?? 0) + sign * count;
      meta.losses = meta.losses.filter((loss) => loss !== before);
      if (total > 0) meta.losses.push({ type, reason, count: total });
    }
  }

  function remove(meta: Meta, gone: readonly StoredEvent[]): void {
    meta.events -= gone.length;
    for (const { bytes } of gone) meta.bytes -= bytes;
  }

  function stamp(draft: Draft, meta: Meta): StoredEvent {
    const { type, whole } = draft;
    const n = meta.nextEvent++;
    if (whole) return finishDraft(draft, n);
    const sequence = meta.sequences[type] ?? 0;
    meta.sequences = { ...meta.sequences, [type]: sequence + 1 };
    return finishDraft(draft, n, { source: sourceOf(meta), sequence });
  }

  return {
    durability: 'page-close',
    append: (drafts, bounds, reported = []) =>
      inOne(async ({ events }, meta) => {
        if (!meta.consent) return { kept: [], losses: [], withdrawn: true };
        const fresh = drafts.map((draft) => stamp(draft, meta));
        for (const event of fresh) events.put(event);
        meta.events += fresh.length;
        for (const { bytes } of fresh) meta.bytes += bytes;
        const gone = new Set<number>();
        const losses: Loss[] = [];
        for (const reason of ['count', 'bytes'] as const) {
          const isOver = () => (reason === 'count' ? meta.events > bounds.maxEvents : meta.bytes > bounds.maxBytes);
          const types: string[] = [];
          while (isOver()) {
            const cursor = await ask(events.index('priority').openCursor());
            const event: StoredEvent | undefined = cursor?.value;
            if (cursor === null || event === undefined || event.priority === 3) break;
            cursor.delete();
            gone.add(event.n);
            types.push(event.type);
            remove(meta, [event]);
          }
          losses.push(...lossesOf(types, reason));
        }
        lose(meta, losses);
        lose(meta, reported, -1);
        return { kept: fresh.filter(({ n }) => !gone.has(n)), losses };
      }),
    seal: (limits) =>
      inOne(async ({ events, batches }, meta) => {
        const oldest: StoredEvent[] = await ask(events.getAll(null, maxScan));
        const group = oldest[0]?.group;
        const chosen = fitting(
          oldest.filter((event) => event.group === group),
          limits,
        );
        if (chosen.length === 0) return undefined;
        const batch: SealedBatch = { id: meta.nextBatch++, events: chosen };
        for (const { n } of chosen) events.delete(n);
        batches.put(batch);
        return batch;
      }),
    batches: () => inOne(async ({ batches }) => (await ask(batches.getAllKeys())).map(Number)),
    read: (id) => inOne(({ batches }) => ask<SealedBatch | undefined>(batches.get(id))),
    settle: (id, into) =>
      inOne(async ({ batches }, meta) => {
        const batch: SealedBatch | undefined = await ask(batches.get(id));
        if (batch === undefined) return [];
        const rest = new Set(into.flat().map(({ n }) => n));
        remove(
          meta,
          batch.events.filter(({ n }) => !rest.has(n)),
        );
        batches.delete(id);
        return into.map((events) => {
          batches.put({ id: meta.nextBatch, events });
          return meta.nextBatch++;
        });
      }),
    expire: (beforeMillis) =>
      inOne(async ({ events, batches }, meta) => {
        const old: StoredEvent[] = [];
        const isOld = (event: StoredEvent) => event.atMillis < beforeMillis;
        for (;;) {
          const cursor = await ask(events.openCursor());
          if (cursor === null || !isOld(cursor.value)) break;
          old.push(cursor.value);
          cursor.delete();
        }
        const sealed: SealedBatch[] = await ask(batches.getAll());
        for (const batch of sealed.filter((one) => one.events.some(isOld))) {
          old.push(...batch.events.filter(isOld));
          const rest = batch.events.filter((event) => !isOld(event));
          if (rest.length > 0) batches.put({ ...batch, events: rest });
          else batches.delete(batch.id);
        }
        const losses = lossesOf(
          old.map(({ type }) => type),
          'age',
        );
        remove(meta, old);
        lose(meta, losses);
        return losses;
      }),
    lose: (losses) =>
      inOne((_, meta) => {
        if (meta.consent) lose(meta, losses);
      }),
    losses: () => inOne((_, meta) => meta.losses),
    size: () => inOne((_, { events, bytes }) => ({ events, bytes })),
    source: () => inOne((_, meta) => (meta.consent ? sourceOf(meta) : '')),
    restart: () =>
      inOne((_, meta) => {
        if (meta.consent) Object.assign(meta, { source: newSource(), sequences: {} });
      }),
    setConsent: (given) =>
      inOne(({ events, batches }, meta) => {
        if (meta.consent === given) return;
        const { nextEvent, nextBatch } = meta;
        if (!given) {
          events.clear();
          batches.clear();
          delete meta.note;
          Object.assign(meta, emptyMeta, { nextEvent, nextBatch });
        }
        meta.consent = given;
      }),
    consent: () => inOne((_, meta) => meta.consent),
    note: (text) =>
      inOne((_, meta) => {
        if (meta.consent) meta.note = text;
      }),
    noted: () => inOne((_, meta) => meta.note),
    close: async () => db.close(),
  };
}

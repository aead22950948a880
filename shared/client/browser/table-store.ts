import { finishDraft, fitting, lossesOf, sumOf } from '../core/event-text.ts';
import type { Durability, Loss, SealedBatch, Store, StoredEvent } from '../core/ports.ts';
import { forgetOld, type Recent } from './page-hide.ts';

/** Of many groups, a batch of one is looked for among so many events. */
const maxScan = 2_000;

/** What is beside the events, in one record: every operation reads it, and writes it in its transaction. */
export interface Meta {
  source: string;
  sequences: Record<string, number>;
  events: number;
  bytes: number;
  losses: Loss[];
  consent: boolean;
  note?: string | undefined;
  nextEvent: number;
  nextBatch: number;
}

/** What rows are asked for is a request, or there at once: `ask` gets it from either. */
export type Asked<T> = IDBRequest<T> | T;

/** What an `IDBObjectStore` and `MemoryRows` have in common. */
export interface Rows<Row> {
  get(key: number | string): Asked<Row | undefined>;
  put(row: Row, key?: string): unknown;
  delete(key: number): unknown;
  clear(): unknown;
  getAll(query: null, count: number): Asked<Row[]>;
  /** Of batches: numbers. */
  getAllKeys(): IDBRequest | IDBValidKey[];
  index(name: string): Pick<Rows<Row>, 'getAll'>;
}

/** What a queue is kept in, within one transaction. */
export interface Tables {
  readonly ask: <T>(asked: Asked<T>) => Promise<T>;
  /** Events in no batch, by `n`; the index `priority` has the lowest first, and the oldest of it. */
  readonly waiting: Rows<StoredEvent>;
  readonly batches: Rows<SealedBatch>;
  /** One row, at `metaKey`. */
  readonly meta: Rows<Meta>;
}

/** Runs `work` in one transaction: what it does happens whole, or not at all. */
export type InOne = <T>(work: (tables: Tables) => Promise<T>) => Promise<T>;

const metaKey = 'queue';

/** What holds the tables. */
export interface Database {
  readonly durability: Durability;
  readonly inOne: InOne;
  close(): Promise<void>;
}

/** The queue of a page: the same on whatever holds the tables. It tells `recent` what comes and goes. */
export function makeTableStore(database: Database, newSource: () => string, recent: Recent): Store {
  /** Of the next event, as far as is known: the client asks before it appends. */
  let source = '';

  /** Of a queue that nothing was kept in. */
  const empty = (consent: boolean) => ({
    source: consent ? newSource() : '',
    sequences: {},
    events: 0,
    bytes: 0,
    losses: [],
    consent,
    note: undefined,
  });

  async function change<T>(work: (meta: Meta, tables: Tables) => T | Promise<T>): Promise<T> {
    const whenKept = await database.inOne(async (tables) => {
      const kept = await tables.ask(tables.meta.get(metaKey));
      const meta: Meta = { ...(kept ?? { ...empty(true), nextEvent: 0, nextBatch: 0 }) };
      const before = JSON.stringify(kept);
      const worked = await work(meta, tables);
      if (JSON.stringify(meta) !== before) tables.meta.put(meta, metaKey);
      return () => {
        source = meta.source;
        // Another tab may have withdrawn consent.
        if (!source) recent.clear();
        return worked;
      };
    });
    return whenKept();
  }

  function count(meta: Meta, events: Iterable<StoredEvent>, sign: number): void {
    for (const { bytes } of events) {
      meta.events += sign;
      meta.bytes += sign * bytes;
    }
  }

  return {
    ...database,
    state: () => change((meta) => meta),
    async append(drafts, { maxEvents, maxBytes }, others = []) {
      forgetOld(recent);
      // Until they are kept they have no number; whoever sends them now sends them without.
      for (const draft of drafts) if (source) recent.set(draft.id, finishDraft(draft, 0, { source }));
      const appended = await change(async (meta, { waiting, ask }) => {
        const losses: Loss[] = [];
        if (!meta.consent) return { kept: [], losses, withdrawn: true as const };
        const fresh = new Map<number, StoredEvent>();
        for (const draft of drafts) {
          const { type, whole } = draft;
          const sequence = meta.sequences[type] ?? 0;
          if (!whole) meta.sequences[type] = sequence + 1;
          const event = finishDraft(draft, meta.nextEvent++, { source: meta.source, sequence });
          waiting.put(event);
          fresh.set(event.n, event);
        }
        count(meta, fresh.values(), 1);
        while (meta.events > maxEvents || meta.bytes > maxBytes) {
          const [event] = await ask(waiting.index('priority').getAll(null, 1));
          if (!event || event.priority === 3) break;
          losses.push(...lossesOf([event], meta.events > maxEvents ? 'count' : 'bytes'));
          waiting.delete(event.n);
          fresh.delete(event.n);
          count(meta, [event], -1);
        }
        meta.losses = sumOf([...meta.losses, ...others, ...losses]);
        return { kept: [...fresh.values()], losses };
      });
      for (const event of appended.kept) if (recent.has(event.id)) recent.set(event.id, event);
      return appended;
    },
    seal: (limits) =>
      change(async (meta, { waiting, batches, ask }) => {
        const oldest = await ask(waiting.getAll(null, maxScan));
        const [first] = oldest;
        if (!first) return undefined;
        const ofGroup = oldest.filter(({ group }) => group === first.group);
        const batch = { id: meta.nextBatch++, events: fitting(ofGroup, limits) };
        for (const { n } of batch.events) waiting.delete(n);
        batches.put(batch);
        return batch;
      }),
    batches: () => change((_, { batches, ask }) => ask(batches.getAllKeys())),
    read: (id) => change((_, { batches, ask }) => ask(batches.get(id))),
    settle(batch, into, losses = []) {
      for (const { id } of batch.events) recent.delete(id);
      return change(async (meta, { batches, ask }) => {
        if (!(await ask(batches.get(batch.id)))) return [];
        count(meta, batch.events, -1);
        meta.losses = sumOf([...meta.losses, ...losses]);
        batches.delete(batch.id);
        return into.map((events) => {
          const id = meta.nextBatch++;
          count(meta, events, 1);
          batches.put({ id, events });
          return id;
        });
      });
    },
    restart: () =>
      change((meta) => {
        if (meta.consent) meta.source = newSource();
        meta.sequences = {};
      }),
    setConsent(consent) {
      if (!consent) recent.clear();
      return change((meta, { waiting, batches }) => {
        if (consent && meta.consent) return;
        waiting.clear();
        batches.clear();
        Object.assign(meta, empty(consent));
      });
    },
    note: (note) =>
      change((meta) => {
        if (meta.consent) meta.note = note;
      }),
  };
}

import { finishDraft, fitting, lossesOf, sumOf } from '../core/event-text.ts';
import type { Draft, Durability, Loss, SealedBatch, Store, StoredEvent } from '../core/ports.ts';
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
  getAllKeys(): Asked<IDBValidKey[]>;
  index(name: string): Pick<Rows<Row>, 'getAll'>;
}

/** What a queue is kept in, within one transaction. */
export interface Tables {
  readonly ask: <T>(asked: Asked<T>) => Promise<T>;
  /** Events in no batch, by `n`; the index `priority` has the lowest first, and the oldest of it. */
  readonly events: Rows<StoredEvent>;
  readonly batches: Rows<SealedBatch>;
  /** One row, at `metaKey`. */
  readonly meta: Rows<Partial<Meta>>;
}

/** Runs `work` in one transaction: what it does happens whole, or not at all. */
export type InOne = <T>(work: (tables: Tables) => Promise<T>) => Promise<T>;

const metaKey = 'queue';
const empty = () => ({ source: '', sequences: {}, events: 0, bytes: 0, losses: [], note: undefined });

export interface TableStoreOptions {
  readonly durability: Durability;
  readonly inOne: InOne;
  readonly newSource: () => string;
  readonly recent: Recent;
  close(): void;
}

/** The queue of a page: the same on whatever holds the tables. It tells `recent` what comes and goes. */
export function makeTableStore({ durability, inOne, newSource, recent, close }: TableStoreOptions): Store {
  /** Of the next event, as far as is known: the client asks before it appends. */
  let source = '';

  async function change<T>(work: (meta: Meta, tables: Tables) => T | Promise<T>): Promise<T> {
    let named = '';
    const result = await inOne(async (tables) => {
      const kept = await tables.ask(tables.meta.get(metaKey));
      const meta: Meta = { ...empty(), consent: true, nextEvent: 0, nextBatch: 0, ...kept };
      const before = JSON.stringify(meta);
      const name = () => {
        if (meta.consent) meta.source ||= newSource();
      };
      name();
      const worked = await work(meta, tables);
      name();
      if (JSON.stringify(meta) !== before) tables.meta.put(meta, metaKey);
      named = meta.source;
      return worked;
    });
    source = named;
    return result;
  }

  function count(meta: Meta, events: readonly StoredEvent[], sign: number): void {
    meta.events += sign * events.length;
    for (const { bytes } of events) meta.bytes += sign * bytes;
  }

  function lose(meta: Meta, losses: readonly Loss[]): void {
    meta.losses = sumOf([...meta.losses, ...losses]);
  }

  function stamp(draft: Draft, meta: Meta): StoredEvent {
    const { type, whole } = draft;
    const sequence = meta.sequences[type] ?? 0;
    if (!whole) meta.sequences[type] = sequence + 1;
    return finishDraft(draft, meta.nextEvent++, { source: meta.source, sequence });
  }

  return {
    durability,
    state: () => change((meta) => meta),
    async append(drafts, { maxEvents, maxBytes }, others = []) {
      forgetOld(recent);
      // Until they are kept they have no number; whoever sends them now sends them without.
      for (const draft of drafts) if (source && !draft.whole) recent.set(draft.id, finishDraft(draft, 0, { source }));
      const appended = await change(async (meta, { events, ask }) => {
        const losses: Loss[] = [];
        if (!meta.consent) return { kept: [], losses, withdrawn: true as const };
        const fresh = new Map<number, StoredEvent>();
        for (const draft of drafts) {
          const event = stamp(draft, meta);
          events.put(event);
          fresh.set(event.n, event);
        }
        count(meta, [...fresh.values()], 1);
        for (;;) {
          const reason = meta.events > maxEvents ? 'count' : 'bytes';
          if (reason === 'bytes' && meta.bytes <= maxBytes) break;
          const [event] = await ask(events.index('priority').getAll(null, 1));
          if (!event || event.priority === 3) break;
          events.delete(event.n);
          fresh.delete(event.n);
          count(meta, [event], -1);
          losses.push(...lossesOf([event], reason));
        }
        lose(meta, [...others, ...losses]);
        return { kept: [...fresh.values()], losses };
      });
      for (const event of appended.kept) if (recent.has(event.id)) recent.set(event.id, event);
      return appended;
    },
    seal: (limits) =>
      change(async (meta, { events, batches, ask }) => {
        const oldest = await ask(events.getAll(null, maxScan));
        const ofGroup = oldest.filter(({ group }) => group === oldest[0]?.group);
        if (ofGroup.length === 0) return undefined;
        const batch = { id: meta.nextBatch++, events: fitting(ofGroup, limits) };
        for (const { n } of batch.events) events.delete(n);
        batches.put(batch);
        return batch;
      }),
    batches: () => inOne(async ({ batches, ask }) => (await ask(batches.getAllKeys())).map(Number)),
    read: (id) => inOne(({ batches, ask }) => ask(batches.get(id))),
    settle(batch, into, losses = []) {
      for (const { id } of batch.events) recent.delete(id);
      return change(async (meta, { batches, ask }) => {
        if (!(await ask(batches.get(batch.id)))) return [];
        count(meta, batch.events, -1);
        lose(meta, losses);
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
        meta.source = '';
        meta.sequences = {};
      }),
    setConsent(consent) {
      if (!consent) recent.clear();
      return change((meta, { events, batches }) => {
        if (!consent) {
          events.clear();
          batches.clear();
          Object.assign(meta, empty());
        }
        meta.consent = consent;
      });
    },
    note: (note) =>
      change((meta) => {
        if (meta.consent) meta.note = note;
      }),
    close: async () => close(),
  };
}

import { finishDraft, fitting, lossesOf, sumOf } from '../core/event-text.ts';
import type { Draft, Durability, Loss, SealedBatch, Store, StoredEvent } from '../core/ports.ts';

/** What is beside the events, in one record: every operation reads it, and writes it in its transaction. */
interface Meta {
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

export interface Table<Row> {
  get(key: number): Promise<Row | undefined>;
  put(row: Row): void;
  delete(key: number): void;
  clear(): void;
}

/** What a queue is kept in, within one transaction. */
export interface Tables {
  readonly meta: {
    get(): Promise<Partial<Meta> | undefined>;
    put(meta: Meta): void;
  };
  /** Events in no batch. */
  readonly events: Table<StoredEvent> & {
    /** The oldest, at most so many. */
    oldest(max: number): Promise<StoredEvent[]>;
    /** The oldest of the lowest priority. */
    lowest(): Promise<StoredEvent | undefined>;
  };
  readonly batches: Table<SealedBatch> & { keys(): Promise<number[]> };
}

/** Runs `work` in one transaction: what it does happens whole, or not at all. */
export type InOne = <T>(work: (tables: Tables) => Promise<T>) => Promise<T>;

const empty = () => ({ source: '', sequences: {}, events: 0, bytes: 0, losses: [], note: undefined });
/** Of many groups, a batch of one is looked for among so many events. */
const maxScan = 2_000;

export interface TableStoreOptions {
  readonly durability: Durability;
  readonly inOne: InOne;
  readonly newSource: () => string;
  close(): void;
}

/** The queue of a page: the same on whatever holds the tables. */
export function makeTableStore({ durability, inOne, newSource, close }: TableStoreOptions): Store {
  function change<T>(work: (meta: Meta, tables: Tables) => T | Promise<T>): Promise<T> {
    return inOne(async (tables) => {
      const meta: Meta = { ...empty(), consent: true, nextEvent: 0, nextBatch: 0, ...(await tables.meta.get()) };
      const before = JSON.stringify(meta);
      if (meta.consent) meta.source ||= newSource();
      const result = await work(meta, tables);
      if (JSON.stringify(meta) !== before) tables.meta.put(meta);
      return result;
    });
  }

  function count(meta: Meta, events: readonly StoredEvent[], sign: number): void {
    meta.events += sign * events.length;
    for (const { bytes } of events) meta.bytes += sign * bytes;
  }

  function stamp(draft: Draft, meta: Meta): StoredEvent {
    const { type, whole } = draft;
    const { source, sequences } = meta;
    const sequence = sequences[type] ?? 0;
    if (!whole) sequences[type] = sequence + 1;
    return finishDraft(draft, meta.nextEvent++, { source, sequence });
  }

  return {
    durability,
    state: () => change((meta) => meta),
    append: (drafts, { maxEvents, maxBytes }, others = []) =>
      change(async (meta, { events }) => {
        if (!meta.consent) return { kept: [], losses: [], withdrawn: true };
        const fresh = drafts.map((draft) => stamp(draft, meta));
        fresh.forEach(events.put);
        count(meta, fresh, 1);
        const gone = new Set<number>();
        const losses: Loss[] = [];
        for (;;) {
          const reason = meta.events > maxEvents ? 'count' : 'bytes';
          const event = (reason === 'count' || meta.bytes > maxBytes) && (await events.lowest());
          if (!event || event.priority === 3) break;
          events.delete(event.n);
          gone.add(event.n);
          count(meta, [event], -1);
          losses.push(...lossesOf([event], reason));
        }
        meta.losses = sumOf([...meta.losses, ...others, ...losses]);
        return { kept: fresh.filter(({ n }) => !gone.has(n)), losses };
      }),
    seal: (limits) =>
      change(async (meta, { events, batches }) => {
        const oldest = await events.oldest(maxScan);
        const ofGroup = oldest.filter(({ group }) => group === oldest[0]?.group);
        if (ofGroup.length === 0) return undefined;
        const batch = { id: meta.nextBatch++, events: fitting(ofGroup, limits) };
        for (const { n } of batch.events) events.delete(n);
        batches.put(batch);
        return batch;
      }),
    batches: () => inOne(({ batches }) => batches.keys()),
    read: (id) => inOne(({ batches }) => batches.get(id)),
    settle: (batch, into, losses = []) =>
      change(async (meta, { batches }) => {
        if (!(await batches.get(batch.id))) return [];
        count(meta, batch.events, -1);
        meta.losses = sumOf([...meta.losses, ...losses]);
        batches.delete(batch.id);
        return into.map((events) => {
          const id = meta.nextBatch++;
          count(meta, events, 1);
          batches.put({ id, events });
          return id;
        });
      }),
    restart: () =>
      change((meta) => {
        meta.source = '';
        meta.sequences = {};
      }),
    setConsent: (consent) =>
      change((meta, { events, batches }) => {
        if (!consent) {
          events.clear();
          batches.clear();
          Object.assign(meta, empty());
        }
        meta.consent = consent;
      }),
    note: (note) =>
      change((meta) => {
        if (meta.consent) meta.note = note;
      }),
    close: async () => close(),
  };
}

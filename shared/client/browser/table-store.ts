import { finishDraft, fitting, lossesOf } from '../core/event-text.ts';
import type { Draft, Durability, Loss, SealedBatch, Store, StoredEvent } from '../core/ports.ts';

/** What is beside the events, in one record: every operation reads it, and writes it in its transaction. */
export interface Meta {
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

/** What a queue is kept in, within one transaction. */
export interface Tables {
  readMeta(): Promise<Meta | undefined>;
  writeMeta(meta: Meta): void;
  /** Events in no batch. */
  putEvent(event: StoredEvent): void;
  deleteEvent(n: number): void;
  /** The oldest, at most so many. */
  oldest(max: number): Promise<StoredEvent[]>;
  /** The oldest of the lowest priority. */
  lowest(): Promise<StoredEvent | undefined>;
  batchIds(): Promise<number[]>;
  readBatch(id: number): Promise<SealedBatch | undefined>;
  putBatch(batch: SealedBatch): void;
  deleteBatch(id: number): void;
  clear(): void;
}

/** Runs `work` in one transaction: what it does happens whole, or not at all. */
export type InOne = <T>(work: (tables: Tables) => Promise<T>) => Promise<T>;

const empty = { source: '', sequences: {}, events: 0, bytes: 0, losses: [], consent: true };
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
      const meta: Meta = { ...empty, nextEvent: 0, nextBatch: 0, ...(await tables.readMeta()) };
      const before = JSON.stringify(meta);
      const result = await work(meta, tables);
      if (JSON.stringify(meta) !== before) tables.writeMeta(meta);
      return result;
    });
  }

  function sourceOf(meta: Meta): string {
    meta.source ||= newSource();
    return meta.source;
  }

  function lose(meta: Meta, losses: readonly Loss[], sign = 1): void {
    for (const { type, reason, count } of losses) {
      const isOther = (loss: Loss) => loss.type !== type || loss.reason !== reason;
      const total = (meta.losses.find((loss) => !isOther(loss))?.count ?? 0) + sign * count;
      meta.losses = meta.losses.filter(isOther);
      if (total > 0) meta.losses.push({ type, reason, count: total });
    }
  }

  function count(meta: Meta, events: readonly StoredEvent[], sign: number): void {
    meta.events += sign * events.length;
    for (const { bytes } of events) meta.bytes += sign * bytes;
  }

  function stamp(draft: Draft, meta: Meta): StoredEvent {
    const { type, whole } = draft;
    const n = meta.nextEvent++;
    if (whole) return finishDraft(draft, n);
    const sequence = meta.sequences[type] ?? 0;
    meta.sequences = { ...meta.sequences, [type]: sequence + 1 };
    return finishDraft(draft, n, { source: sourceOf(meta), sequence });
  }

  /** Gives up events, and counts them. */
  function giveUp(meta: Meta, events: readonly StoredEvent[], reason: Loss['reason']): Loss[] {
    const losses = lossesOf(events, reason);
    count(meta, events, -1);
    lose(meta, losses);
    return losses;
  }

  return {
    durability,
    append: (drafts, { maxEvents, maxBytes }, reported = []) =>
      change(async (meta, tables) => {
        if (!meta.consent) return { kept: [], losses: [], withdrawn: true };
        const fresh = drafts.map((draft) => stamp(draft, meta));
        fresh.forEach(tables.putEvent);
        count(meta, fresh, 1);
        lose(meta, reported, -1);
        const gone = new Set<number>();
        const losses: Loss[] = [];
        for (;;) {
          const reason = meta.events > maxEvents ? 'count' : meta.bytes > maxBytes ? 'bytes' : undefined;
          const event = reason && (await tables.lowest());
          if (!reason || !event || event.priority === 3) break;
          tables.deleteEvent(event.n);
          gone.add(event.n);
          losses.push(...giveUp(meta, [event], reason));
        }
        return { kept: fresh.filter(({ n }) => !gone.has(n)), losses };
      }),
    seal: (limits) =>
      change(async (meta, tables) => {
        const oldest = await tables.oldest(maxScan);
        const group = oldest[0]?.group;
        const events = fitting(
          oldest.filter((event) => event.group === group),
          limits,
        );
        if (events.length === 0) return undefined;
        const batch = { id: meta.nextBatch++, events };
        for (const { n } of events) tables.deleteEvent(n);
        tables.putBatch(batch);
        return batch;
      }),
    batches: () => inOne((tables) => tables.batchIds()),
    read: (id) => inOne((tables) => tables.readBatch(id)),
    settle: (id, into) =>
      change(async (meta, tables) => {
        const batch = await tables.readBatch(id);
        if (!batch) return [];
        const rest = new Set(into.flat().map(({ n }) => n));
        count(
          meta,
          batch.events.filter(({ n }) => !rest.has(n)),
          -1,
        );
        tables.deleteBatch(id);
        return into.map((events) => {
          tables.putBatch({ id: meta.nextBatch, events });
          return meta.nextBatch++;
        });
      }),
    expire: (beforeMillis) =>
      change(async (meta, tables) => {
        const isOld = ({ atMillis }: StoredEvent) => atMillis < beforeMillis;
        const old: StoredEvent[] = [];
        for (let some: StoredEvent[] = []; ; ) {
          some = (await tables.oldest(maxScan)).filter(isOld);
          if (some.length === 0) break;
          for (const { n } of some) tables.deleteEvent(n);
          old.push(...some);
        }
        for (const id of await tables.batchIds()) {
          const events = (await tables.readBatch(id))?.events ?? [];
          const rest = events.filter((event) => !isOld(event));
          if (rest.length === events.length) continue;
          old.push(...events.filter(isOld));
          if (rest.length > 0) tables.putBatch({ id, events: rest });
          else tables.deleteBatch(id);
        }
        return giveUp(meta, old, 'age');
      }),
    lose: (losses) => change((meta) => lose(meta, meta.consent ? losses : [])),
    losses: () => change((meta) => meta.losses),
    size: () => change(({ events, bytes }) => ({ events, bytes })),
    source: () => change((meta) => (meta.consent ? sourceOf(meta) : '')),
    restart: () =>
      change((meta) => {
        if (meta.consent) Object.assign(meta, { source: newSource(), sequences: {} });
      }),
    setConsent: (consent) =>
      change((meta, tables) => {
        if (meta.consent === consent) return;
        if (!consent) {
          tables.clear();
          delete meta.note;
          Object.assign(meta, empty);
        }
        meta.consent = consent;
      }),
    consent: () => change((meta) => meta.consent),
    note: (text) =>
      change((meta) => {
        if (meta.consent) meta.note = text;
      }),
    noted: () => change((meta) => meta.note),
    close: async () => close(),
  };
}

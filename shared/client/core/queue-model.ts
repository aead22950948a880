import { finishDraft, fitting, lossesOf, sumOf } from './event-text.ts';
import type { BatchLimits, Bounds, Draft, Loss, QueueSize, StoredEvent } from './ports.ts';

/** A batch, and the numbers of its events. */
interface BatchRecord {
  readonly id: number;
  readonly events: readonly number[];
}

/** A change of the queue. A journal of them, applied in order, is the queue. */
export type QueueRecord =
  | { readonly do: 'keep'; readonly event: StoredEvent; readonly sequence?: number }
  | { readonly do: 'drop'; readonly events: readonly number[] }
  | ({ readonly do: 'seal' } & BatchRecord)
  /** A batch goes, and with it the events that are in none of the new ones. */
  | { readonly do: 'settle'; readonly id: number; readonly into: readonly BatchRecord[] }
  /** Adds to the losses; takes away where the count is below 0. */
  | { readonly do: 'lose'; readonly losses: readonly Loss[] }
  | { readonly do: 'source'; readonly source: string }
  | { readonly do: 'consent'; readonly given: boolean }
  | { readonly do: 'note'; readonly text: string }
  /** Numbers that a queue goes on from, where its first records are gone. */
  | {
      readonly do: 'state';
      readonly nextEvent: number;
      readonly nextBatch: number;
      readonly sequences: Readonly<Record<string, number>>;
    };

/** Of many groups, a batch of one is looked for among so many events. */
const maxScan = 20_000;

/** The queue as it is in memory: what a journal amounts to, and what is next. Nothing here is stored or waits. */
export class QueueModel {
  source = '';
  consent = true;
  note: string | undefined;
  nextEvent = 0;
  nextBatch = 0;
  bytes = 0;
  readonly sequences = new Map<string, number>();
  readonly events = new Map<number, StoredEvent>();
  readonly batches = new Map<number, readonly number[]>();
  /** Events in no batch, by priority; a map keeps the order of insertion, which is that of `n`. */
  readonly #waiting: readonly Map<number, StoredEvent>[] = [new Map(), new Map(), new Map(), new Map()];
  #losses: readonly Loss[] = [];

  size(): QueueSize {
    return { events: this.events.size, bytes: this.bytes };
  }

  losses(): readonly Loss[] {
    return this.#losses;
  }

  apply(record: QueueRecord): void {
    switch (record.do) {
      case 'keep':
        this.#keep(record.event, record.sequence);
        return;
      case 'drop':
        for (const n of record.events) this.#drop(n);
        return;
      case 'seal':
        this.#seal(record);
        return;
      case 'settle':
        this.#settle(record.id, record.into);
        return;
      case 'lose':
        this.#losses = sumOf([...this.#losses, ...record.losses]);
        return;
      case 'source':
        this.source = record.source;
        this.sequences.clear();
        return;
      case 'consent':
        this.consent = record.given;
        if (!record.given) this.#forget();
        return;
      case 'note':
        this.note = record.text;
        return;
      case 'state':
        this.nextEvent = Math.max(this.nextEvent, record.nextEvent);
        this.nextBatch = Math.max(this.nextBatch, record.nextBatch);
        for (const [type, next] of Object.entries(record.sequences)) this.sequences.set(type, next);
    }
  }

  /** The records that keep drafts, and what has to go for them. */
  planAppend(drafts: readonly Draft[], bounds: Bounds): { records: QueueRecord[]; kept: StoredEvent[]; lost: Loss[] } {
    const next = new Map<string, number>();
    const fresh = drafts.map((draft, index) => {
      if (draft.whole) return { event: finishDraft(draft, this.nextEvent + index) };
      const sequence = next.get(draft.type) ?? this.sequences.get(draft.type) ?? 0;
      next.set(draft.type, sequence + 1);
      const event = finishDraft(draft, this.nextEvent + index, { source: this.source, sequence });
      return { event, sequence };
    });
    const kept = fresh.map(({ event }) => event);
    const { gone, lost } = this.#overflow(kept, bounds);
    const records: QueueRecord[] = fresh.map((one) => ({ do: 'keep', ...one }));
    if (gone.length > 0) records.push({ do: 'drop', events: gone }, { do: 'lose', losses: lost });
    return { records, kept, lost };
  }

  /** The oldest event in no batch, and others of its group, as far as they fit. */
  planSeal(limits: BatchLimits): StoredEvent[] {
    const group = this.#oldest().next().value?.group;
    return group === undefined ? [] : fitting(this.#ofGroup(group), limits);
  }

  #overflow(fresh: readonly StoredEvent[], bounds: Bounds): { gone: number[]; lost: Loss[] } {
    let count = this.events.size + fresh.length;
    let bytes = this.bytes + fresh.reduce((sum, event) => sum + event.bytes, 0);
    const gone: number[] = [];
    const out: { count: StoredEvent[]; bytes: StoredEvent[] } = { count: [], bytes: [] };
    if (count > bounds.maxEvents || bytes > bounds.maxBytes) {
      for (const event of this.#evictable(fresh)) {
        const isTooMany = count > bounds.maxEvents;
        if (!isTooMany && bytes <= bounds.maxBytes) break;
        count--;
        bytes -= event.bytes;
        gone.push(event.n);
        out[isTooMany ? 'count' : 'bytes'].push(event);
      }
    }
    return { gone, lost: [...lossesOf(out.count, 'count'), ...lossesOf(out.bytes, 'bytes')] };
  }

  /** What is in a batch stays, since it may be on its way; of the rest the lowest priority goes first, the oldest of it. */
  *#evictable(fresh: readonly StoredEvent[]): Generator<StoredEvent> {
    for (const [priority, waiting] of this.#waiting.entries()) {
      if (priority === 3) return;
      yield* waiting.values();
      yield* fresh.filter((event) => event.priority === priority);
    }
  }

  /** Events in no batch, the oldest first. */
  *#oldest(): Generator<StoredEvent> {
    const heads = this.#waiting.map((waiting) => {
      const rest = waiting.values();
      return { rest, next: rest.next().value };
    });
    for (;;) {
      const [first] = heads
        .filter(({ next }) => next !== undefined)
        .sort((a, b) => (a.next?.n ?? 0) - (b.next?.n ?? 0));
      if (first?.next === undefined) return;
      yield first.next;
      first.next = first.rest.next().value;
    }
  }

  *#ofGroup(group: string): Generator<StoredEvent> {
    let scanned = 0;
    for (const event of this.#oldest()) {
      if (event.group === group) yield event;
      if (++scanned >= maxScan) return;
    }
  }

  #keep(event: StoredEvent, sequence?: number): void {
    this.nextEvent = Math.max(this.nextEvent, event.n + 1);
    if (sequence !== undefined) this.sequences.set(event.type, sequence + 1);
    this.events.set(event.n, event);
    this.#waiting[event.priority]?.set(event.n, event);
    this.bytes += event.bytes;
  }

  #drop(n: number): void {
    const event = this.events.get(n);
    if (event === undefined) return;
    this.events.delete(n);
    this.#waiting[event.priority]?.delete(n);
    this.bytes -= event.bytes;
  }

  #seal({ id, events }: BatchRecord): void {
    this.nextBatch = Math.max(this.nextBatch, id + 1);
    this.batches.set(id, events);
    for (const n of events) {
      const priority = this.events.get(n)?.priority;
      if (priority !== undefined) this.#waiting[priority]?.delete(n);
    }
  }

  #settle(id: number, into: readonly BatchRecord[]): void {
    const rest = new Set(this.batches.get(id));
    this.batches.delete(id);
    for (const batch of into) {
      this.#seal(batch);
      for (const n of batch.events) rest.delete(n);
    }
    for (const n of rest) this.#drop(n);
  }

  #forget(): void {
    for (const n of this.events.keys()) this.#drop(n);
    this.batches.clear();
    this.#losses = [];
    this.sequences.clear();
    this.source = '';
    this.note = undefined;
  }
}

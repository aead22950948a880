import type { Message } from '../../ports/publisher.ts';
import type { AfterCommit } from './group-commit.ts';
import { type Lease, type LeasedRecord, messagesOf, type PubSubStore, storedSizeBytes } from './pubsub-store.ts';

/** A record that is in memory alone. */
interface Young extends Omit<LeasedRecord, 'attempts'> {
  readonly subscriptionId: number;
  /** What it counts in the bound of the storage. */
  readonly bytes: number;
}

/** Of one subscription, by record, in the order of publishing. */
interface YoungRecords {
  readonly fresh: Map<number, Young>;
  readonly leased: Map<number, Young>;
  /** In both. */
  messages: number;
}

/** An acknowledgement that is not stored yet. */
interface Settled {
  readonly subscriptionId: number;
  readonly lease: Lease;
}

/** What a transaction stores of it. One that fails leaves all of it here. */
interface Storing {
  readonly afterCommit: AfterCommit;
  readonly records: Set<Young>;
  settled: number;
}

/**
 * What stages hand to each other, in memory: a record of a relayed topic is not stored as long as the acknowledgement of
 * what it came from is not stored either. Both wait here, until `storeAll` stores what is left of them in one transaction.
 * Most records are acknowledged before that, and never come to the file. What dies with the process is made again from its
 * origin, which the file still has.
 */
export class RelayedRecords {
  readonly #store: PubSubStore;
  readonly #maxBytes: number;
  readonly #bySubscription = new Map<number, YoungRecords>();
  readonly #settled: Settled[] = [];
  #bytes = 0;
  #storing: Storing | undefined;

  /** `maxBytes`: of records, counted as in the bound of the storage. */
  constructor(store: PubSubStore, maxBytes: number) {
    store.leapIds();
    this.#store = store;
    this.#maxBytes = maxBytes;
  }

  hasRoomFor(bytes: number): boolean {
    return this.#bytes + bytes <= this.#maxBytes;
  }

  /** How many messages of a subscription are here. */
  messagesOf(subscriptionId: number): number {
    return this.#bySubscription.get(subscriptionId)?.messages ?? 0;
  }

  /** When the oldest of a subscription was published. */
  oldestPublishTimeMillis(subscriptionId: number): number | undefined {
    const { fresh, leased } = this.#recordsOf(subscriptionId);
    const [first] = leased.values();
    const [second] = fresh.values();
    return (first ?? second)?.publishTimeMillis;
  }

  /** Adds messages as one fresh record. Answers with what it counts in the bound of the storage. */
  add(subscriptionId: number, messages: readonly Message[], publishTimeMillis: number): number {
    const recordId = this.#store.reserveIds(messages.length);
    const shared = messages.length > 1 ? messages.length : 0;
    const data = joined(messages);
    const young = { subscriptionId, recordId, shared, publishTimeMillis, ...data };
    const records = this.#recordsOf(subscriptionId);
    records.fresh.set(recordId, young);
    records.messages += messages.length;
    this.#bytes += young.bytes;
    return young.bytes;
  }

  #recordsOf(subscriptionId: number): YoungRecords {
    const known = this.#bySubscription.get(subscriptionId);
    if (known !== undefined) return known;
    const records: YoungRecords = { fresh: new Map(), leased: new Map(), messages: 0 };
    this.#bySubscription.set(subscriptionId, records);
    return records;
  }

  /** Whether the next fresh one is so many messages at most, or there is none. */
  nextIsWithin(subscriptionId: number, maxMessages: number): boolean {
    const [next] = this.#recordsOf(subscriptionId).fresh.values();
    return next === undefined || messagesOf(next) <= maxMessages;
  }

  /** Leases fresh ones, oldest first, each as a whole. */
  take(subscriptionId: number, limits: { readonly maxMessages: number; readonly maxBytes: number }): LeasedRecord[] {
    const { fresh, leased } = this.#recordsOf(subscriptionId);
    const taken: LeasedRecord[] = [];
    let [messages, bytes] = [0, 0];
    for (const [recordId, young] of fresh) {
      messages += messagesOf(young);
      bytes += young.bytes;
      if (messages > limits.maxMessages || (taken.length > 0 && bytes > limits.maxBytes)) break;
      fresh.delete(recordId);
      leased.set(recordId, young);
      taken.push({ ...young, attempts: 1 });
    }
    return taken;
  }

  /**
   * Ends a delivery for good: at once where its record is here, else with the next `storeAll`. Answers with what that frees
   * at once.
   */
  settle(subscriptionId: number, lease: Lease): number {
    const young = this.#recordsOf(subscriptionId).leased.get(lease.recordId);
    if (young === undefined) {
      this.#settled.push({ subscriptionId, lease });
      return 0;
    }
    this.#forget(young);
    return young.bytes;
  }

  #forget(young: Young): void {
    const records = this.#recordsOf(young.subscriptionId);
    if (!records.fresh.delete(young.recordId) && !records.leased.delete(young.recordId)) return;
    records.messages -= messagesOf(young);
    this.#bytes -= young.bytes;
  }

  /** Stores a leased record in the transaction of the caller, where it is here. Answers with what that frees. */
  storeLeased(subscriptionId: number, recordId: number, afterCommit: AfterCommit): number {
    const young = this.#recordsOf(subscriptionId).leased.get(recordId);
    return young === undefined ? 0 : this.#storeOne(young, 1, this.#storingIn(afterCommit));
  }

  /** Stores all that is here in the transaction of the caller. Answers with what that frees, below 0 where it takes more. */
  storeAll(afterCommit: AfterCommit): number {
    const storing = this.#storingIn(afterCommit);
    let freed = 0;
    for (const { fresh, leased } of this.#bySubscription.values()) {
      for (const young of leased.values()) freed += this.#storeOne(young, 1, storing);
      for (const young of fresh.values()) freed += this.#storeOne(young, 0, storing);
    }
    for (const { subscriptionId, lease } of this.#settled.slice(storing.settled)) {
      freed += this.#store.remove(subscriptionId, lease) ?? 0;
    }
    storing.settled = this.#settled.length;
    return freed;
  }

  #storingIn(afterCommit: AfterCommit): Storing {
    if (this.#storing?.afterCommit === afterCommit) return this.#storing;
    const storing: Storing = { afterCommit, records: new Set(), settled: 0 };
    this.#storing = storing;
    afterCommit(() => {
      for (const young of storing.records) this.#forget(young);
      this.#settled.splice(0, storing.settled);
      this.#storing = undefined;
    });
    return storing;
  }

  #storeOne(young: Young, attempts: number, { records, afterCommit }: Storing): number {
    if (records.has(young)) return 0;
    records.add(young);
    return young.bytes - this.#store.insertOne(young.subscriptionId, { ...young, attempts }, afterCommit);
  }
}

/** The messages with data of their own: the memory of what was published is the caller's. */
function joined(messages: readonly Message[]): { readonly messages: Message[]; readonly bytes: number } {
  const data = Buffer.concat(messages.map((message) => message.data));
  let from = data.byteOffset;
  const own = messages.map(({ data: { byteLength }, attributes }) => {
    const message = { data: new Uint8Array(data.buffer, from, byteLength), attributes };
    from += byteLength;
    return message;
  });
  return { messages: own, bytes: storedSizeBytes(data) };
}

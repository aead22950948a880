import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import type { Message } from '../../ports/publisher.ts';
import { asNumber } from './database.ts';
import type { AfterCommit } from './group-commit.ts';
import { overheadBytes, prepareStatements } from './pubsub-statements.ts';
import { RecentRecords } from './recent-records.ts';
import { contentOf, recordOf, rowOf, type StoredRecord } from './record-rows.ts';

/** One delivery of a record that is in somebody's hands. A new delivery of it has a higher `attempts`. */
export interface Lease {
  readonly recordId: number;
  /** 1 for the first delivery. */
  readonly attempts: number;
  /** 0: a message of this subscription alone. 1: others have it, too. 2 and more: a pack of so many. */
  readonly shared: number;
}

/** How many messages the record is. */
export function messagesOf({ shared }: Pick<Lease, 'shared'>): number {
  return Math.max(1, shared);
}

export interface LeasedRecord extends Lease, StoredRecord {}

/** The id of the record's first message. A pack has that of its last one, and the others have the numbers before it. */
export function firstMessageId({ recordId, shared }: Pick<Lease, 'recordId' | 'shared'>): number {
  return recordId - messagesOf({ shared }) + 1;
}

export interface LeaseLimits {
  readonly maxMessages: number;
  /** The first record is given also when it is larger. */
  readonly maxBytes: number;
  readonly nowMillis: number;
}

/** What a record counts in the bound of the storage: its data and a flat amount for everything else. */
export function storedSizeBytes(data: Uint8Array): number {
  return data.byteLength + overheadBytes;
}

/** The statements of the bus. Every method is synchronous and runs in the transaction that its caller has opened. */
export class PubSubStore {
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #recent: RecentRecords;
  /** Also of a transaction that failed, and of what is in memory alone. */
  #lastId: number;

  /** `maxRecentBytes`: data of records that need not be read back. */
  constructor(database: DatabaseSync, maxRecentBytes: number) {
    this.#statements = prepareStatements(database);
    this.#recent = new RecentRecords(maxRecentBytes);
    this.#lastId = asNumber(this.#statements.lastId.get()?.['id']);
  }

  /** Passes over the numbers of what may have died in the memory of a process. */
  leapIds(): void {
    this.#statements.leap.run(leapOfIds);
    this.#lastId += leapOfIds;
  }

  /** Takes so many numbers for messages, which nobody had. Answers with the last of them. */
  reserveIds(count: number): number {
    this.#lastId += count;
    return this.#lastId;
  }

  /** The number of a subscription, made when the name is new. */
  subscriptionId(name: string): number {
    this.#statements.addSubscription.run(name);
    return asNumber(this.#statements.findSubscription.get(name)?.['id']);
  }

  /** What a dead process had leased becomes visible at once. Answers with the backlog of the subscription, in messages. */
  recover(subscriptionId: number): number {
    this.#statements.recover.run(subscriptionId);
    return asNumber(this.#statements.backlog.get(subscriptionId)?.['backlog']);
  }

  /** Sum of `storedSizeBytes` over all records. */
  storedBytes(): number {
    return asNumber(this.#statements.storedBytes.get()?.['bytes']);
  }

  /** Stores a message once and a fresh delivery for each subscription (at least one). Answers with its `storedSizeBytes`. */
  insert(
    { data, attributes }: Message,
    publishTimeMillis: number,
    subscriptionIds: readonly number[],
    afterCommit: AfterCommit,
  ): number {
    const text = JSON.stringify(attributes);
    const recordId = this.reserveIds(1);
    this.#statements.insertMessage.run(recordId, publishTimeMillis, text, data);
    const shared = subscriptionIds.length > 1 ? 1 : 0;
    for (const id of subscriptionIds) this.#statements.insertDelivery.run(id, 0, 0, recordId, 0, shared);
    if (shared === 1) this.#statements.insertShared.run(recordId, subscriptionIds.length);
    // A copy: the memory of `data` is the caller's.
    const row = { publishTimeMillis, attributes: text, data: new Uint8Array(data) };
    afterCommit(() => this.#recent.keep({ recordId, shared }, row));
    return storedSizeBytes(data);
  }

  /** Stores messages (two at least) as one record, of one subscription. Answers with its `storedSizeBytes`. */
  insertPack(
    messages: readonly Message[],
    publishTimeMillis: number,
    subscriptionId: number,
    afterCommit: AfterCommit,
  ): number {
    const shared = messages.length;
    const record = { recordId: this.reserveIds(shared), attempts: 0, shared, publishTimeMillis, messages };
    return this.insertOne(subscriptionId, record, afterCommit);
  }

  /**
   * Stores a record of one subscription: fresh (no attempts yet), or leased. The memory of its data must be nobody else's.
   * Answers with its `storedSizeBytes`.
   */
  insertOne(subscriptionId: number, record: LeasedRecord, afterCommit: AfterCommit): number {
    const { recordId, attempts, shared, publishTimeMillis, messages } = record;
    const row = { publishTimeMillis, ...contentOf(messages) };
    this.#statements.insertMessage.run(recordId, publishTimeMillis, row.attributes, row.data);
    this.#statements.insertDelivery.run(subscriptionId, attempts === 0 ? 0 : 2, 0, recordId, attempts, shared);
    afterCommit(() => this.#recent.keep({ recordId, shared }, row));
    return storedSizeBytes(row.data);
  }

  /**
   * Leases what is due again and then what is fresh, each oldest first, a pack as a whole. Counts the attempt. A pack that
   * is too many by itself becomes messages of their own; `freed` is told what that changes in the storage.
   */
  lease(subscriptionId: number, limits: LeaseLimits, freed: (bytes: number) => void): LeasedRecord[] {
    const { selectDue, selectFresh, leaseDue, leaseFresh } = this.#statements;
    const due = this.#take(selectDue, [subscriptionId, limits.nowMillis], limits);
    for (const { recordId } of due.records) leaseDue.run(subscriptionId, recordId);
    const room = { maxMessages: limits.maxMessages - due.messages, maxBytes: limits.maxBytes - due.bytes };
    const isFull = due.rest !== undefined || room.maxMessages <= 0 || room.maxBytes <= 0;
    const fresh = isFull ? nothing : this.#take(selectFresh, [subscriptionId], room);
    const last = fresh.records.at(-1);
    if (last !== undefined) leaseFresh.run(subscriptionId, last.recordId);
    const records = [...due.records, ...fresh.records];
    const [rest, state] = due.rest === undefined ? [fresh.rest, 0] : [due.rest, 1];
    if (records.length > 0 || rest === undefined) return records;
    freed(this.#takeApart(subscriptionId, { ...rest, attempts: rest.attempts - 1 }, { ...rest, state }) ?? 0);
    return this.lease(subscriptionId, limits, freed);
  }

  /** Records of a select while there is room; of bytes always for the first. Their attempts count the delivery to come. */
  #take(
    select: StatementSync,
    parameters: number[],
    { maxMessages, maxBytes }: Pick<LeaseLimits, 'maxMessages' | 'maxBytes'>,
  ): Taken {
    const records: LeasedRecord[] = [];
    let [messages, bytes] = [0, 0];
    for (const delivery of select.iterate(...parameters)) {
      const lease = leaseOf(delivery);
      if (messages + messagesOf(lease) > maxMessages) return { records, messages, bytes, rest: lease };
      const row = this.#recent.find(lease) ?? rowOf(this.#statements.readMessage.get(lease.recordId));
      const isLarge = records.length > 0 && bytes + row.data.byteLength > maxBytes;
      if (isLarge) return { records, messages, bytes, rest: lease };
      messages += messagesOf(lease);
      bytes += row.data.byteLength;
      records.push({ ...lease, ...recordOf(row, lease.shared) });
    }
    return { records, messages, bytes };
  }

  /**
   * Ends a delivery for good, and deletes the record with its last one. Answers with the bytes that are free now;
   * `undefined` when the lease is not the current one any more and nothing was done.
   */
  remove(subscriptionId: number, { recordId, attempts, shared }: Lease): number | undefined {
    const { removeLeased, removeMessage, countDown, removeShared } = this.#statements;
    if (removeLeased.run(subscriptionId, recordId, attempts, shared).changes === 0) return undefined;
    const pending = shared === 1 ? asNumber(countDown.get(recordId)?.['pending']) : 0;
    if (pending > 0) return 0;
    if (shared === 1) removeShared.run(recordId);
    this.#recent.forget(recordId);
    return asNumber(removeMessage.get(recordId)?.['bytes']);
  }

  /** Makes a leased record visible again at a time. False when the lease is not the current one any more. */
  postpone(subscriptionId: number, { recordId, attempts, shared }: Lease, visibleAtMillis: number): boolean {
    const { postpone } = this.#statements;
    return postpone.run(visibleAtMillis, subscriptionId, 2, 0, recordId, attempts, shared).changes > 0;
  }

  /**
   * Makes a leased pack into messages of their own, each leased as the pack was. Answers with the bytes that are free then;
   * `undefined` when the lease is not the current one any more and nothing was done.
   */
  takeApart(subscriptionId: number, lease: Lease): number | undefined {
    return this.#takeApart(subscriptionId, lease, { state: 2, visibleAtMillis: 0 });
  }

  #takeApart(
    subscriptionId: number,
    { recordId, attempts, shared }: Lease,
    { state, visibleAtMillis }: { readonly state: number; readonly visibleAtMillis: number },
  ): number | undefined {
    const { readLeased, removeDelivery, removeMessage, insertMessage, insertDelivery } = this.#statements;
    const place = [subscriptionId, state, visibleAtMillis] as const;
    const row = readLeased.get(...place, recordId, attempts, shared);
    if (row === undefined) return undefined;
    const pack = recordOf(rowOf(row), shared);
    this.#recent.forget(recordId);
    removeDelivery.run(...place, recordId, attempts, shared);
    let freed = asNumber(removeMessage.get(recordId)?.['bytes']);
    const firstId = firstMessageId({ recordId, shared });
    for (const [at, { attributes, data }] of pack.messages.entries()) {
      const messageId = firstId + at;
      insertMessage.run(messageId, pack.publishTimeMillis, JSON.stringify(attributes), data);
      insertDelivery.run(...place, messageId, attempts, 0);
      freed -= storedSizeBytes(data);
    }
    return freed;
  }

  /**
   * Ends all deliveries of a subscription, and deletes the messages that no other one has. Answers with the bytes that are
   * free now.
   */
  purge(subscriptionId: number, afterCommit: AfterCommit): number {
    const { removeOwn, countAllDown, removeCountedDown, removeAllShared, removeAll } = this.#statements;
    const before = this.storedBytes();
    this.#recent.forgetAll();
    // What was stored before in this transaction, too.
    afterCommit(() => this.#recent.forgetAll());
    removeOwn.run(subscriptionId);
    countAllDown.run(subscriptionId);
    removeCountedDown.run();
    removeAllShared.run();
    removeAll.run(subscriptionId);
    return before - this.storedBytes();
  }

  /** What is delivered by a lease; `undefined` when it is not the current one any more. */
  readLeased(subscriptionId: number, { recordId, attempts, shared }: Lease): StoredRecord | undefined {
    const row = this.#statements.readLeased.get(subscriptionId, 2, 0, recordId, attempts, shared);
    return row === undefined ? undefined : recordOf(rowOf(row), shared);
  }

  /** When the next of the waiting is due, after `nowMillis`. */
  nextDueMillis(subscriptionId: number, nowMillis: number): number | undefined {
    const row = this.#statements.nextDue.get(subscriptionId, nowMillis);
    return row === undefined ? undefined : asNumber(row['visible_at']);
  }

  /** When the oldest message that is not acknowledged was published. */
  oldestPublishTimeMillis(subscriptionId: number): number | undefined {
    const row = this.#statements.oldest.get(subscriptionId, subscriptionId, subscriptionId);
    const time = row?.['publish_time'];
    return typeof time === 'number' ? time : undefined;
  }
}

/** More than messages are in memory at once. */
const leapOfIds = 1_000_000;

interface FoundLease extends Lease {
  readonly visibleAtMillis: number;
}

interface Taken {
  readonly records: LeasedRecord[];
  readonly messages: number;
  readonly bytes: number;
  /** The first that had no room any more. */
  readonly rest?: FoundLease;
}

const nothing: Taken = { records: [], messages: 0, bytes: 0 };

function leaseOf(delivery: Record<string, SQLOutputValue>): FoundLease {
  return {
    recordId: asNumber(delivery['message']),
    attempts: asNumber(delivery['attempts']) + 1,
    shared: asNumber(delivery['shared']),
    visibleAtMillis: asNumber(delivery['visible_at']),
  };
}

import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import type { Message } from '../../ports/publisher.ts';
import { asBytes, asNumber, asText } from './database.ts';

/**
 * A delivery is one message of one subscription. Its row moves between three states: 0 fresh (never delivered), 1 waiting
 * (failed, visible again at `visible_at`) and 2 leased (delivered, no answer yet). `visible_at` is 0 but for the waiting,
 * so that the primary key alone gives the next fresh ones, those that are due, and the oldest of each state.
 * `shared` = 1: other subscriptions have the message too, and `shared_message` counts them.
 * AUTOINCREMENT: the id of a message is never given to another one, also when the table has been empty.
 */
export const pubsubTables = `
    CREATE TABLE subscription (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE message (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      publish_time INTEGER NOT NULL,
      attributes TEXT NOT NULL,
      data BLOB NOT NULL
    ) STRICT;
    CREATE TABLE shared_message (message INTEGER PRIMARY KEY, pending INTEGER NOT NULL) STRICT;
    CREATE TABLE delivery (
      subscription INTEGER NOT NULL,
      state INTEGER NOT NULL,
      visible_at INTEGER NOT NULL,
      message INTEGER NOT NULL,
      attempts INTEGER NOT NULL,
      shared INTEGER NOT NULL,
      PRIMARY KEY (subscription, state, visible_at, message)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX waiting_by_age ON delivery (subscription, message) WHERE state = 1`;

/** One delivery that is in somebody's hands. A new delivery of the message has a higher `attempts`. */
export interface Lease {
  readonly messageId: number;
  /** 1 for the first delivery. */
  readonly attempts: number;
  readonly shared: boolean;
  /** What the message takes of the storage, as `storedSizeBytes` counts it. */
  readonly storedBytes: number;
}

export interface LeasedMessage extends Lease, Message {
  readonly publishTimeMillis: number;
}

export interface LeaseLimits {
  readonly maxMessages: number;
  /** The first message is given also when it is larger. */
  readonly maxBytes: number;
  readonly nowMillis: number;
}

/** Counted for the attributes and rows of a message, whatever they take. */
const overheadBytes = 256;

/** What a message counts in the bound of the storage: its data and a flat amount for everything else. */
export function storedSizeBytes(data: Uint8Array): number {
  return data.byteLength + overheadBytes;
}

const leasedColumns = 'd.message, d.attempts, d.shared, m.publish_time, m.attributes, m.data';

/** The statements of the bus. Every method is synchronous and runs in the transaction that its caller has opened. */
export class PubSubStore {
  readonly #statements: ReturnType<typeof prepare>;

  constructor(database: DatabaseSync) {
    this.#statements = prepare(database);
  }

  /** The number of a subscription, made when the name is new. */
  subscriptionId(name: string): number {
    this.#statements.addSubscription.run(name);
    return asNumber(this.#statements.findSubscription.get(name)?.['id']);
  }

  /** What a dead process had leased becomes visible at once. Answers with the backlog of the subscription. */
  recover(subscriptionId: number): number {
    this.#statements.recover.run(subscriptionId);
    return asNumber(this.#statements.backlog.get(subscriptionId)?.['backlog']);
  }

  /** Sum of `storedSizeBytes` over all messages. */
  storedBytes(): number {
    return asNumber(this.#statements.storedBytes.get()?.['bytes']);
  }

  /** Stores a message once and a fresh delivery for each subscription (at least one). */
  insert(message: Message, publishTimeMillis: number, subscriptionIds: readonly number[]): void {
    const attributes = JSON.stringify(message.attributes);
    const id = this.#statements.insertMessage.run(publishTimeMillis, attributes, message.data).lastInsertRowid;
    const shared = subscriptionIds.length > 1 ? 1 : 0;
    for (const subscriptionId of subscriptionIds) this.#statements.insertDelivery.run(subscriptionId, id, shared);
    if (shared === 1) this.#statements.insertShared.run(id, subscriptionIds.length);
  }

  /** Leases what is due again and then what is fresh, each oldest first. Counts the attempt. */
  lease(subscriptionId: number, limits: LeaseLimits): LeasedMessage[] {
    const due = take(
      this.#statements.selectDue,
      [subscriptionId, limits.nowMillis, limits.maxMessages],
      limits.maxBytes,
    );
    for (const message of due.messages) {
      this.#statements.leaseDue.run(subscriptionId, message.messageId);
    }
    const roomMessages = limits.maxMessages - due.messages.length;
    const roomBytes = limits.maxBytes - due.bytes;
    if (roomMessages <= 0 || (roomBytes <= 0 && due.messages.length > 0)) return due.messages;
    const fresh = take(this.#statements.selectFresh, [subscriptionId, roomMessages], roomBytes);
    const last = fresh.messages.at(-1);
    if (last !== undefined) this.#statements.leaseFresh.run(subscriptionId, last.messageId);
    return [...due.messages, ...fresh.messages];
  }

  /**
   * Ends a delivery for good, and deletes the message with its last one. Answers with the bytes that are free now;
   * `undefined` when the lease is not the current one any more and nothing was done.
   */
  remove(subscriptionId: number, lease: Lease): number | undefined {
    const { removeDelivery, removeMessage, countDown, removeShared } = this.#statements;
    if (removeDelivery.run(subscriptionId, lease.messageId, lease.attempts).changes === 0) return undefined;
    const pending = lease.shared ? asNumber(countDown.get(lease.messageId)?.['pending']) : 0;
    if (pending > 0) return 0;
    if (lease.shared) removeShared.run(lease.messageId);
    removeMessage.run(lease.messageId);
    return lease.storedBytes;
  }

  /** Makes a leased delivery visible again at a time. False when the lease is not the current one any more. */
  postpone(subscriptionId: number, lease: Lease, visibleAtMillis: number): boolean {
    const { postpone } = this.#statements;
    return postpone.run(visibleAtMillis, subscriptionId, lease.messageId, lease.attempts).changes > 0;
  }

  /**
   * Ends all deliveries of a subscription, and deletes the messages that no other one has. Answers with the bytes that are
   * free now.
   */
  purge(subscriptionId: number): number {
    const { removeOwn, countAllDown, removeCountedDown, removeAllShared, removeAll } = this.#statements;
    const before = this.storedBytes();
    removeOwn.run(subscriptionId);
    countAllDown.run(subscriptionId);
    removeCountedDown.run();
    removeAllShared.run();
    removeAll.run(subscriptionId);
    return before - this.storedBytes();
  }

  /** A message by id, whoever has it. */
  readMessage(messageId: number): (Message & { readonly publishTimeMillis: number }) | undefined {
    const row = this.#statements.readMessage.get(messageId);
    return row === undefined ? undefined : messageOf(row);
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

function prepare(database: DatabaseSync) {
  const sql = (text: string): StatementSync => database.prepare(text);
  const leased = 'subscription = ? AND state = 2 AND visible_at = 0 AND message = ? AND attempts = ?';
  const oldest = (where: string): string =>
    `SELECT * FROM (SELECT message FROM delivery WHERE subscription = ? AND ${where} ORDER BY message LIMIT 1)`;
  return {
    addSubscription: sql('INSERT OR IGNORE INTO subscription (name) VALUES (?)'),
    findSubscription: sql('SELECT id FROM subscription WHERE name = ?'),
    recover: sql('UPDATE delivery SET state = 1 WHERE subscription = ? AND state = 2'),
    backlog: sql('SELECT count(*) AS backlog FROM delivery WHERE subscription = ?'),
    storedBytes: sql(`SELECT coalesce(sum(length(data) + ${overheadBytes}), 0) AS bytes FROM message`),
    insertMessage: sql('INSERT INTO message (publish_time, attributes, data) VALUES (?, ?, ?)'),
    insertDelivery: sql('INSERT INTO delivery VALUES (?, 0, 0, ?, 0, ?)'),
    insertShared: sql('INSERT INTO shared_message VALUES (?, ?)'),
    selectDue: sql(`SELECT ${leasedColumns} FROM delivery d CROSS JOIN message m ON m.id = d.message
      WHERE d.subscription = ? AND d.state = 1 AND d.visible_at <= ? ORDER BY d.visible_at, d.message LIMIT ?`),
    selectFresh: sql(`SELECT ${leasedColumns} FROM delivery d CROSS JOIN message m ON m.id = d.message
      WHERE d.subscription = ? AND d.state = 0 AND d.visible_at = 0 ORDER BY d.message LIMIT ?`),
    leaseDue: sql(`UPDATE delivery SET state = 2, visible_at = 0, attempts = attempts + 1
      WHERE subscription = ? AND state = 1 AND message = ?`),
    leaseFresh: sql(`UPDATE delivery SET state = 2, attempts = 1
      WHERE subscription = ? AND state = 0 AND visible_at = 0 AND message <= ?`),
    removeDelivery: sql(`DELETE FROM delivery WHERE ${leased}`),
    countDown: sql('UPDATE shared_message SET pending = pending - 1 WHERE message = ? RETURNING pending'),
    removeShared: sql('DELETE FROM shared_message WHERE message = ?'),
    removeMessage: sql('DELETE FROM message WHERE id = ?'),
    removeOwn: sql(
      'DELETE FROM message WHERE id IN (SELECT message FROM delivery WHERE subscription = ? AND shared = 0)',
    ),
    countAllDown: sql(`UPDATE shared_message SET pending = pending - 1
      WHERE message IN (SELECT message FROM delivery WHERE subscription = ? AND shared = 1)`),
    removeCountedDown: sql('DELETE FROM message WHERE id IN (SELECT message FROM shared_message WHERE pending <= 0)'),
    removeAllShared: sql('DELETE FROM shared_message WHERE pending <= 0'),
    removeAll: sql('DELETE FROM delivery WHERE subscription = ?'),
    postpone: sql(`UPDATE delivery SET state = 1, visible_at = ? WHERE ${leased}`),
    readMessage: sql('SELECT publish_time, attributes, data FROM message WHERE id = ?'),
    nextDue: sql(`SELECT visible_at FROM delivery WHERE subscription = ? AND state = 1 AND visible_at > ?
      ORDER BY visible_at LIMIT 1`),
    oldest: sql(`SELECT publish_time FROM message WHERE id = (SELECT min(message) FROM (
      ${oldest('state = 0 AND visible_at = 0')} UNION ALL ${oldest('state = 1')}
      UNION ALL ${oldest('state = 2 AND visible_at = 0')}))`),
  };
}

/** Rows of a select until `maxBytes` of data are reached, at least one. Their attempts count the delivery to come. */
function take(
  select: StatementSync,
  parameters: number[],
  maxBytes: number,
): { readonly messages: LeasedMessage[]; readonly bytes: number } {
  const messages: LeasedMessage[] = [];
  let bytes = 0;
  for (const row of select.iterate(...parameters)) {
    const message = leasedOf(row);
    if (messages.length > 0 && bytes + message.data.byteLength > maxBytes) break;
    bytes += message.data.byteLength;
    messages.push(message);
  }
  return { messages, bytes };
}

function leasedOf(row: Record<string, SQLOutputValue>): LeasedMessage {
  const message = messageOf(row);
  return {
    messageId: asNumber(row['message']),
    attempts: asNumber(row['attempts']) + 1,
    shared: row['shared'] === 1,
    storedBytes: storedSizeBytes(message.data),
    data: message.data,
    attributes: message.attributes,
    publishTimeMillis: message.publishTimeMillis,
  };
}

function messageOf(row: Record<string, SQLOutputValue>): Message & { readonly publishTimeMillis: number } {
  return {
    data: asBytes(row['data']),
    attributes: attributesOf(asText(row['attributes'])),
    publishTimeMillis: asNumber(row['publish_time']),
  };
}

function attributesOf(text: string): Readonly<Record<string, string>> {
  const attributes: Readonly<Record<string, string>> = JSON.parse(text);
  return attributes;
}

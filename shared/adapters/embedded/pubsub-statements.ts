import type { DatabaseSync, StatementSync } from 'node:sqlite';

/**
 * A row of `message` is a record: a message, or a pack of what one call published. A pack has the id of its last message,
 * those of the others are the numbers before; they are its own, too.
 * A delivery is one record of one subscription. Its row moves between three states: 0 fresh (never delivered), 1 waiting
 * (failed, visible again at `visible_at`) and 2 leased (delivered, no answer yet). `visible_at` is 0 but for the waiting,
 * so that the primary key alone gives the next fresh ones, those that are due, and the oldest of each state.
 * `shared` = 1: other subscriptions have the message too, and `shared_message` counts them. 2 and more: the record is a
 * pack of so many, which nobody else has.
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

/** Counted for the attributes and rows of a record, whatever they take. */
export const overheadBytes = 256;

const leasedColumns = 'message, attempts, shared, visible_at';

/**
 * Every statement of the bus, prepared once. SQLite prepares a statement anew for each run where the value of a parameter
 * has a say in its plan: one of LIMIT, or one that is compared with what the index of the waiting has in its WHERE. So what
 * runs for each message has neither.
 */
export function prepareStatements(database: DatabaseSync) {
  const sql = (text: string): StatementSync => database.prepare(text);
  const current = 'subscription = ? AND state = ? AND visible_at = ? AND message = ? AND attempts = ? AND shared = ?';
  const oldest = (where: string): string =>
    `SELECT * FROM (SELECT message FROM delivery WHERE subscription = ? AND ${where} ORDER BY message LIMIT 1)`;
  return {
    addSubscription: sql('INSERT OR IGNORE INTO subscription (name) VALUES (?)'),
    findSubscription: sql('SELECT id FROM subscription WHERE name = ?'),
    recover: sql('UPDATE delivery SET state = 1 WHERE subscription = ? AND state = 2'),
    backlog: sql('SELECT coalesce(sum(max(shared, 1)), 0) AS backlog FROM delivery WHERE subscription = ?'),
    storedBytes: sql(`SELECT coalesce(sum(length(data) + ${overheadBytes}), 0) AS bytes FROM message`),
    lastId: sql("SELECT coalesce(max(seq), 0) AS id FROM sqlite_sequence WHERE name = 'message'"),
    leap: sql("UPDATE sqlite_sequence SET seq = seq + ? WHERE name = 'message'"),
    insertMessage: sql('INSERT INTO message (id, publish_time, attributes, data) VALUES (?, ?, ?, ?)'),
    insertDelivery: sql('INSERT INTO delivery VALUES (?, ?, ?, ?, ?, ?)'),
    insertShared: sql('INSERT INTO shared_message VALUES (?, ?)'),
    selectDue: sql(`SELECT ${leasedColumns} FROM delivery
      WHERE subscription = ? AND state = 1 AND visible_at <= ? ORDER BY visible_at, message`),
    selectFresh: sql(`SELECT ${leasedColumns} FROM delivery
      WHERE subscription = ? AND state = 0 AND visible_at = 0 ORDER BY message`),
    readMessage: sql('SELECT publish_time, attributes, data FROM message WHERE id = ?'),
    leaseDue: sql(`UPDATE delivery SET state = 2, visible_at = 0, attempts = attempts + 1
      WHERE subscription = ? AND state = 1 AND message = ?`),
    leaseFresh: sql(`UPDATE delivery SET state = 2, attempts = 1
      WHERE subscription = ? AND state = 0 AND visible_at = 0 AND message <= ?`),
    removeDelivery: sql(`DELETE FROM delivery WHERE ${current}`),
    removeLeased: sql(`DELETE FROM delivery WHERE
      subscription = ? AND state = 2 AND visible_at = 0 AND message = ? AND attempts = ? AND shared = ?`),
    countDown: sql('UPDATE shared_message SET pending = pending - 1 WHERE message = ? RETURNING pending'),
    removeShared: sql('DELETE FROM shared_message WHERE message = ?'),
    removeMessage: sql(`DELETE FROM message WHERE id = ? RETURNING length(data) + ${overheadBytes} AS bytes`),
    removeOwn: sql(
      'DELETE FROM message WHERE id IN (SELECT message FROM delivery WHERE subscription = ? AND shared <> 1)',
    ),
    countAllDown: sql(`UPDATE shared_message SET pending = pending - 1
      WHERE message IN (SELECT message FROM delivery WHERE subscription = ? AND shared = 1)`),
    removeCountedDown: sql('DELETE FROM message WHERE id IN (SELECT message FROM shared_message WHERE pending <= 0)'),
    removeAllShared: sql('DELETE FROM shared_message WHERE pending <= 0'),
    removeAll: sql('DELETE FROM delivery WHERE subscription = ?'),
    postpone: sql(`UPDATE delivery SET state = 1, visible_at = ? WHERE ${current}`),
    readLeased: sql(`SELECT m.publish_time, m.attributes, m.data FROM delivery CROSS JOIN message m ON m.id = message
      WHERE ${current}`),
    nextDue: sql(`SELECT visible_at FROM delivery WHERE subscription = ? AND state = 1 AND visible_at > ?
      ORDER BY visible_at LIMIT 1`),
    oldest: sql(`SELECT publish_time FROM message WHERE id = (SELECT min(message) FROM (
      ${oldest('state = 0 AND visible_at = 0')} UNION ALL ${oldest('state = 1')}
      UNION ALL ${oldest('state = 2 AND visible_at = 0')}))`),
  };
}

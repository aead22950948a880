import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { GroupCommit } from '../../../shared/adapters/embedded/group-commit.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';

function open() {
  const database = new DatabaseSync(':memory:');
  database.exec('CREATE TABLE t (value INTEGER NOT NULL UNIQUE CHECK (value < 100)) STRICT');
  const insert = database.prepare('INSERT INTO t VALUES (?)');
  const turns: (() => void)[] = [];
  const commits = new GroupCommit(database, 'publisher', { defer: (task) => void turns.push(task) });
  const stored = (): unknown[] =>
    database
      .prepare('SELECT value FROM t ORDER BY value')
      .all()
      .map((row) => row['value']);
  return { database, insert, commits, stored, endTurn: () => turns.shift()?.() };
}

test('runs the operations of a turn in one transaction, in order, and their effects after it', async () => {
  const { database, insert, commits, stored, endTurn } = open();
  const order: string[] = [];
  const results = [1, 2, 3].map((value) =>
    commits.run((afterCommit) => {
      insert.run(value);
      order.push(`operation ${value} ${database.isTransaction}`);
      afterCommit(() => order.push(`effect ${value} ${database.isTransaction}`));
      return value * 10;
    }),
  );
  expect(stored()).toEqual([]);
  endTurn();
  expect(await Promise.all(results)).toEqual([10, 20, 30]);
  expect(stored()).toEqual([1, 2, 3]);
  expect(order).toEqual([
    ...[1, 2, 3].map((value) => `operation ${value} true`),
    ...[1, 2, 3].map((value) => `effect ${value} false`),
  ]);
});

test('undoes the whole transaction when the storage fails, with Unavailable and without effects', async () => {
  const { insert, commits, stored, endTurn } = open();
  let effects = 0;
  const results = [1, 200, 2].map((value) =>
    commits.run((afterCommit) => {
      afterCommit(() => {
        effects += 1;
      });
      insert.run(value);
    }),
  );
  endTurn();
  const outcomes = await Promise.allSettled(results);
  for (const outcome of outcomes) {
    expect(outcome.status === 'rejected' && outcome.reason).toBeInstanceOf(Unavailable);
  }
  expect([stored(), effects]).toEqual([[], 0]);
  const next = commits.run(() => insert.run(3));
  endTurn();
  await next;
  expect(stored()).toEqual([3]);
});

test('passes a bug on as it is', async () => {
  const { commits, insert, stored, endTurn } = open();
  const failing = commits.run(() => {
    insert.run(1);
    throw new TypeError('a bug');
  });
  endTurn();
  await expect(failing).rejects.toThrow(TypeError);
  expect(stored()).toEqual([]);
});

test('commits what waits when it is closed, and refuses what comes later', async () => {
  const { commits, insert, stored, endTurn } = open();
  const waiting = commits.run(() => insert.run(1));
  commits.close();
  await waiting;
  expect(stored()).toEqual([1]);
  await expect(commits.run(() => insert.run(2))).rejects.toThrow(Unavailable);
  endTurn();
  expect(stored()).toEqual([1]);
});

test('answers everybody when not even the rollback works, and goes on once it does', async () => {
  class Full extends DatabaseSync {
    full = true;
    override exec(sql: string): void {
      if (this.full && (sql === 'COMMIT' || sql === 'ROLLBACK')) super.exec('SELECT * FROM a_disk_that_is_full');
      super.exec(sql);
    }
  }
  const database = new Full(':memory:');
  database.exec('CREATE TABLE t (value INTEGER NOT NULL) STRICT');
  const commits = new GroupCommit(database, 'publisher');
  const insert = database.prepare('INSERT INTO t VALUES (?)');
  await expect(commits.run(() => insert.run(1))).rejects.toThrow(Unavailable);
  await expect(commits.run(() => insert.run(2))).rejects.toThrow(Unavailable);
  database.full = false;
  await commits.run(() => insert.run(3));
  expect(
    database
      .prepare('SELECT value FROM t')
      .all()
      .map((row) => row['value']),
  ).toEqual([3]);
});

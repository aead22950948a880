import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { GroupCommit } from '../../../shared/adapters/embedded/group-commit.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import { FlakyDatabase } from './flaky-database.ts';

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
  const database = new FlakyDatabase(':memory:');
  database.failing = ['COMMIT', 'ROLLBACK'];
  database.exec('CREATE TABLE t (value INTEGER NOT NULL) STRICT');
  const commits = new GroupCommit(database, 'publisher');
  const insert = database.prepare('INSERT INTO t VALUES (?)');
  await expect(commits.run(() => insert.run(1))).rejects.toThrow(Unavailable);
  await expect(commits.run(() => insert.run(2))).rejects.toThrow(Unavailable);
  database.failing = [];
  await commits.run(() => insert.run(3));
  expect(
    database
      .prepare('SELECT value FROM t')
      .all()
      .map((row) => row['value']),
  ).toEqual([3]);
});

/** Commits with a log whose syncs the test ends. */
function openSyncing() {
  const opened = open();
  const syncs: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];
  let syncsNow = 0;
  const log = {
    sync: () => new Promise<void>((resolve, reject) => void syncs.push({ resolve, reject })),
    syncNow: () => void syncsNow++,
    close: () => {},
  };
  const folds: string[] = [];
  const exec = opened.database.exec.bind(opened.database);
  opened.database.exec = (sql) => {
    if (sql.includes('wal_checkpoint')) folds.push(sql);
    exec(sql);
  };
  const commits = new GroupCommit(opened.database, 'publisher', { defer: (task) => task(), log });
  const answers: string[] = [];
  const insert = (value: number, synced: boolean) =>
    commits
      .run(() => opened.insert.run(value), { synced })
      .then(
        () => void answers.push(`${value}`),
        (error: unknown) => void answers.push(`${value} ${error instanceof Unavailable}`),
      );
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
  return { ...opened, commits, syncs, syncsNow: () => syncsNow, folds, answers, insert, settled };
}

test('an answer waits for the disk where it is told to, and nothing else does', async () => {
  const { insert, stored, syncs, answers, settled } = openSyncing();
  insert(1, true);
  insert(2, false);
  insert(3, true);
  await settled();
  expect(stored()).toEqual([1, 2, 3]);
  expect([answers, syncs.length]).toEqual([['2'], 1]);
  syncs[0]?.resolve();
  await settled();
  // The third was committed while the sync ran, which may not have seen it.
  expect([answers, syncs.length]).toEqual([['2', '1'], 2]);
  syncs[1]?.resolve();
  await settled();
  expect([answers, syncs.length]).toEqual([['2', '1', '3'], 2]);
});

test('what is read waits for the disk while a commit that it may tell of is not there, and not otherwise', async () => {
  const { insert, commits, stored, syncs, answers, settled } = openSyncing();
  const read = (name: string) => commits.run(stored).then((found) => void answers.push(`${name} ${found}`));
  await read('before');
  insert(1, true);
  const during = read('during');
  await settled();
  expect([answers, syncs.length]).toEqual([['before '], 1]);
  syncs[0]?.resolve();
  await during;
  insert(2, false);
  const unsynced = read('unsynced');
  await settled();
  expect([answers, syncs.length]).toEqual([['before ', '1', 'during 1', '2'], 2]);
  syncs[1]?.resolve();
  await unsynced;
  await read('after');
  expect([answers.slice(-2), syncs.length]).toEqual([['unsynced 1,2', 'after 1,2'], 2]);
});

test('after a sync that failed nothing counts as on the disk until the log is folded', async () => {
  const { insert, syncs, answers, folds, settled } = openSyncing();
  insert(1, true);
  insert(2, true);
  syncs[0]?.reject(new Error('input/output error'));
  await settled();
  expect([answers, folds.length, syncs.length]).toEqual([['1 true', '2 true'], 0, 1]);
  insert(3, true);
  expect([folds.length, syncs.length]).toEqual([1, 2]);
  syncs[1]?.resolve();
  await settled();
  expect(answers.at(-1)).toBe('3');
  insert(4, true);
  expect(folds.length).toBe(1);
});

test('closing puts on the disk what waits for it', async () => {
  const { insert, commits, syncs, syncsNow, answers, settled } = openSyncing();
  insert(1, true);
  insert(2, true);
  commits.close();
  syncs[0]?.resolve();
  await settled();
  expect([answers.sort(), syncsNow()]).toEqual([['1', '2'], 1]);
});

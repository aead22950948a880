import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { defaultDedupConfig } from '../../../functions/dedup/config.ts';
import { makeDedupStage } from '../../../functions/dedup/stage.ts';
import { openBusFile } from '../../../shared/adapters/embedded/bus-file.ts';
import { claimDocumentsIn } from '../../../shared/adapters/embedded/claim-documents.ts';
import type { Durability } from '../../../shared/adapters/embedded/group-commit.ts';
import type { LogSync } from '../../../shared/adapters/embedded/log-sync.ts';
import { pubsubIn } from '../../../shared/adapters/embedded/pubsub.ts';
import { openEmbeddedSubjectKeyRecords } from '../../../shared/adapters/embedded/subject-key-records.ts';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { importHashKey } from '../../../shared/crypto/keyed-hash.ts';
import { makeEventTypes } from '../../../shared/event-types/event-types.ts';
import { makeCountingObserver } from '../../../shared/observe/json-observer.ts';
import { marksOf, sealAt, sealedMessage, startMillis } from '../../helpers/batches.ts';
import { registryWith } from '../../helpers/schemas.ts';
import { makeDice } from '../../simulation/scheduler.ts';
import { temporaryFolder } from '../duckdb/temporary-folder.ts';

/*
 * A power failure, simulated: SQLite promises that a commit under `synchronous = FULL` is on the disk, with everything
 * that was committed before it; so is what a sync of the log found in it. So the files are copied at each such commit and
 * at the beginning of each sync, and what a failure leaves is the last copy, and of what was appended to the log since,
 * bytes up to anywhere. That the disk keeps what it was told to sync, and that SQLite tells it to, is taken from SQLite's
 * documentation; `npm run check -- power-failure` watches the files.
 */
const syncing = new WeakMap<DatabaseSync, boolean>();
let syncedFolder = '';

beforeEach(() => {
  const exec = DatabaseSync.prototype.exec;
  vi.spyOn(DatabaseSync.prototype, 'exec').mockImplementation(function (this: DatabaseSync, sql: string) {
    exec.call(this, sql);
    const [, level] = /synchronous = (\w+)/.exec(sql) ?? [];
    if (level !== undefined) syncing.set(this, level === 'FULL');
    if (sql.includes('COMMIT') && syncing.get(this)) copySynced(this.location() ?? '');
  });
});

afterEach(() => {
  vi.restoreAllMocks();
});

const logOf = (path: string) => `${path}-wal`;
const syncedCopy = (path: string) => join(syncedFolder, path.replaceAll('/', '_'));

function copySynced(path: string): void {
  copyFileSync(path, syncedCopy(path));
  copyFileSync(logOf(path), logOf(syncedCopy(path)));
}

/** What is left of a file, as a new one. */
function afterFailure(path: string, target: string, unsyncedBytes: (max: number) => number): void {
  copyFileSync(syncedCopy(path), target);
  const synced = readFileSync(logOf(syncedCopy(path)));
  const current = readFileSync(logOf(path));
  const grew = current.subarray(0, synced.length).equals(synced) ? current.length - synced.length : 0;
  writeFileSync(logOf(target), current.subarray(0, synced.length + unsyncedBytes(grew)));
  if (grew === 0) writeFileSync(logOf(target), synced);
}

/** A log whose syncs take the copy. */
function copyingLog(path: string): LogSync {
  return { sync: async () => copySynced(path), syncNow: () => copySynced(path), close: () => {} };
}

const fast = { ackDeadlineSeconds: 10, minBackoffSeconds: 1, maxBackoffSeconds: 1 };
const subscriptions = [
  { name: 'dedup', topic: 'received', ...fast },
  { name: 'pseudonymize', topic: 'deduplicated', ...fast },
];

async function openPipeline(path: string, durability: Durability = 'power-failure') {
  const clock = createManualClock(startMillis);
  const file = openBusFile({ path, durability, openLog: () => copyingLog(path) });
  const bus = pubsubIn(file, { clock, isRelayed: (topic) => topic === 'deduplicated' });
  bus.declare({ topics: ['received', 'deduplicated'], subscriptions });
  const eventTypes = makeEventTypes({ registry: await registryWith([]), clock });
  await eventTypes.refreshNow();
  const parts = { documents: claimDocumentsIn(file), publisher: bus, deduplicatedTopic: 'deduplicated', eventTypes };
  const observer = makeCountingObserver();
  const claimsKey = importHashKey(Buffer.alloc(32, 3));
  const dedup = makeDedupStage({ ...parts, clock, observer, claimsKey }, defaultDedupConfig);
  /** Dedup works off what waits. */
  const work = async () => {
    for (const message of await bus.pull('dedup', 100)) {
      const { kind } = await dedup(message);
      if (kind === 'done') await bus.acknowledge('dedup', [message.ackId]);
    }
  };
  const forwarded = async () => {
    const messages = await bus.pull('pseudonymize', 10_000);
    return messages.flatMap((message) => (marksOf(message)[0]?.forward ? [message.attributes['seal']] : []));
  };
  return { bus, work, forwarded, stop: () => bus.stop({ drainMillis: 0 }) };
}

/** Event `n` in its copy number `copy`. */
const message = (n: number, copy: number) =>
  sealedMessage({ seal: sealAt(startMillis + copy, n + 1), segments: [[{ id: `e${n}` }]] });
const sealOf = (n: number, copy: number) => sealAt(startMillis + copy, n + 1);

describe('a power failure', () => {
  test('loses nothing that was acknowledged, and no resend is dropped for a copy that is gone', async () => {
    const folder = temporaryFolder();
    syncedFolder = join(folder, 'synced');
    mkdirSync(syncedFolder);
    for (let seed = 1; seed <= 12; seed++) {
      const dice = makeDice(seed);
      const path = join(folder, `bus-${seed}.db`);
      const pipeline = await openPipeline(path);
      const events = 3 + dice.below(10);
      const acknowledged: number[] = [];
      for (let n = 0; n < events; n++) {
        await pipeline.bus.publish('received', [message(n, 0)]);
        acknowledged.push(n);
        if (dice.chance(0.5)) await pipeline.work();
      }
      if (dice.chance(0.5)) await pipeline.work();
      const left = join(folder, `left-${seed}.db`);
      afterFailure(path, left, (max) => dice.below(max + 1));
      await pipeline.stop();

      const again = await openPipeline(left);
      // A client that resends everything, and sends some for the first time.
      for (let n = 0; n < events + 2; n++) await again.bus.publish('received', [message(n, 1)]);
      await again.work();
      const seals = new Set(await again.forwarded());
      for (let n = 0; n < events + 2; n++) {
        const copies = [sealOf(n, 0), sealOf(n, 1)].filter((seal) => seals.has(seal));
        expect(copies, `seed ${seed}, event ${n}`).toHaveLength(1);
      }
      expect(acknowledged.length).toBe(events);
      await again.stop();
      for (const file of [path, left]) for (const name of [file, logOf(file)]) rmSync(name, { force: true });
    }
  });

  test('with durability "process-death" takes acknowledged events with it, but none that is sent afterwards', async () => {
    const folder = temporaryFolder();
    syncedFolder = join(folder, 'synced');
    mkdirSync(syncedFolder);
    const path = join(folder, 'bus.db');
    const pipeline = await openPipeline(path, 'process-death');
    for (let n = 0; n < 5; n++) await pipeline.bus.publish('received', [message(n, 0)]);
    await pipeline.work();
    const left = join(folder, 'left.db');
    afterFailure(path, left, () => 0);
    await pipeline.stop();
    const again = await openPipeline(left);
    expect(await again.forwarded()).toEqual([]);
    for (let n = 0; n < 5; n++) await again.bus.publish('received', [message(n, 1)]);
    await again.work();
    expect(new Set(await again.forwarded())).toEqual(new Set([0, 1, 2, 3, 4].map((n) => sealOf(n, 1))));
    await again.stop();
  });

  test('leaves the key of every data subject whose key was answered: rows may hold its ciphertexts', async () => {
    const folder = temporaryFolder();
    syncedFolder = join(folder, 'synced');
    mkdirSync(syncedFolder);
    const path = join(folder, 'keys.db');
    const records = openEmbeddedSubjectKeyRecords({ path, openLog: () => copyingLog(path) });
    const made = [1, 2, 3].map((at) => ({ id: `person-${at}`, encryptedKeyset: new Uint8Array([at]) }));
    for (const record of made) await records.createMissing([record]);
    const left = join(folder, 'left.db');
    expect(existsSync(syncedCopy(path))).toBe(true);
    afterFailure(path, left, () => 0);
    records.close();
    const again = openEmbeddedSubjectKeyRecords({ path: left });
    const found = await again.read(made.map(({ id }) => id));
    expect(found.map((key) => key?.kind === 'keyset' && [...key.encryptedKeyset])).toEqual([[1], [2], [3]]);
    again.close();
  });
});

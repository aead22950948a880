import { markDays, maxMarksPerSave, type Replays } from '../../ports/replays.ts';
import { parseReplayRun, replayRunJson } from '../../quarantine/replay-run.ts';
import { asNumber, asText, type DatabaseSettings, openDatabase } from './database.ts';
import { GroupCommit } from './group-commit.ts';

const tables = {
  schemaVersion: 1,
  sql: `
    CREATE TABLE run (only INTEGER PRIMARY KEY CHECK (only = 1), run TEXT NOT NULL, version INTEGER NOT NULL) STRICT;
    CREATE TABLE mark (record_key TEXT PRIMARY KEY, expire_at INTEGER NOT NULL) STRICT, WITHOUT ROWID`,
} as const;

const dayMillis = 86_400_000;

export interface EmbeddedReplays extends Replays {
  /** Commits what waits and closes the file; every later call rejects with `Unavailable`. */
  close(): void;
}

/** Opens the replay's run and marks on a SQLite file of its own, or `:memory:`. */
export function openEmbeddedReplays(options: {
  readonly path: string;
  readonly settings?: DatabaseSettings;
}): EmbeddedReplays {
  const database = openDatabase(options.path, tables, options.settings);
  const commits = new GroupCommit(database, 'replays');
  const readRun = database.prepare('SELECT run, version FROM run');
  const writeRun = database.prepare('INSERT OR REPLACE INTO run VALUES (1, ?, ?)');
  const find = database.prepare('SELECT 1 FROM mark WHERE record_key = ?');
  const insert = database.prepare('INSERT OR REPLACE INTO mark VALUES (?, ?)');
  const forget = database.prepare('DELETE FROM mark WHERE expire_at < ?');

  return {
    run: () =>
      commits.run(() => {
        const row = readRun.get();
        if (row === undefined) return undefined;
        return { run: parseReplayRun(asText(row['run'])), version: String(asNumber(row['version'])) };
      }),
    save(run, { recordKeys, atMillis }, version) {
      if (recordKeys.length > maxMarksPerSave)
        throw new RangeError(`at most ${maxMarksPerSave} marks are saved at once`);
      const text = JSON.stringify(replayRunJson(run));
      return commits.run(() => {
        const stored = readRun.get()?.['version'];
        if ((stored === undefined ? undefined : String(asNumber(stored))) !== version) return 'changed';
        const next = Number(version ?? 0) + 1;
        writeRun.run(text, next);
        for (const key of recordKeys) insert.run(key, atMillis + markDays * dayMillis);
        // A run begins: what is no longer needed goes.
        if (run.cursor === undefined) forget.run(run.startedAtMillis);
        return String(next);
      });
    },
    replayed: (recordKeys) => commits.run(() => new Set(recordKeys.filter((key) => find.get(key) !== undefined))),
    close() {
      commits.close();
      database.close();
    },
  };
}

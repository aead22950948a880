import { markDays, maxMarksPerSave, type Replays } from '../../ports/replays.ts';
import { parseReplayRun, replayRunJson } from '../../quarantine/replay-run.ts';
import { type Closable, type FileOptions, openCommittedFile } from './committed-file.ts';
import { asText } from './database.ts';
import { saveRow, versionOf } from './versioned-row.ts';

const tables = {
  schemaVersion: 1,
  sql: `
    CREATE TABLE run (only INTEGER PRIMARY KEY CHECK (only = 1), run TEXT NOT NULL, version INTEGER NOT NULL) STRICT;
    CREATE TABLE mark (record_key TEXT PRIMARY KEY, expire_at INTEGER NOT NULL) STRICT, WITHOUT ROWID`,
} as const;

const dayMillis = 86_400_000;

export interface EmbeddedReplays extends Replays, Closable {
  /** Forgets the run and every mark; a run that goes on finds itself taken over. */
  clear(): Promise<void>;
}

/** Opens the replay's run and marks on a SQLite file of its own, or `:memory:`. */
export function openEmbeddedReplays(options: FileOptions): EmbeddedReplays {
  const { database, commits, close } = openCommittedFile(options, tables, 'replays');
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
        return { run: parseReplayRun(asText(row['run'])), version: versionOf(row) };
      }),
    save(run, { recordKeys, atMillis }, version) {
      if (recordKeys.length > maxMarksPerSave)
        throw new RangeError(`at most ${maxMarksPerSave} marks are saved at once`);
      const text = JSON.stringify(replayRunJson(run));
      return commits.run(() =>
        saveRow(readRun.get(), version, (next) => {
          writeRun.run(text, next);
          for (const key of recordKeys) insert.run(key, atMillis + markDays * dayMillis);
          // A run begins: what is no longer needed goes.
          if (run.cursor === undefined) forget.run(run.startedAtMillis);
        }),
      );
    },
    replayed: (recordKeys) => commits.run(() => new Set(recordKeys.filter((key) => find.get(key) !== undefined))),
    clear: () => commits.run(() => database.exec('DELETE FROM run; DELETE FROM mark')),
    close,
  };
}

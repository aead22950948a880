import { markDays, maxMarksPerSave, type Replays } from '../../ports/replays.ts';
import { parseReplayRun, replayRunJson } from '../../quarantine/replay-run.ts';
import { documentPath } from './document-path.ts';
import type { TransactionalDatabase } from './firestore-transactions.ts';
import { readVersioned, saveVersioned, type VersionedDocument } from './versioned-document.ts';

const runDocument: VersionedDocument = { path: documentPath('runs', 'current'), field: 'run' };
const dayMillis = 86_400_000;

/**
 * The replay's run and marks in Firestore: `runs/kcurrent` `{run, version}` and `marks/k<record key>` `{expireAt}`, written
 * in one transaction. Firestore deletes a mark some time after `expireAt`.
 */
export function createFirestoreReplays({ database }: { readonly database: TransactionalDatabase }): Replays {
  return {
    async run() {
      const stored = await readVersioned(database, runDocument);
      if (stored === undefined) return undefined;
      return { run: parseReplayRun(stored.text), version: stored.version };
    },
    async save(run, { recordKeys, atMillis }, version) {
      if (recordKeys.length > maxMarksPerSave)
        throw new RangeError(`at most ${maxMarksPerSave} marks are saved at once`);
      const text = JSON.stringify(replayRunJson(run));
      const expireAt = new Date(atMillis + markDays * dayMillis);
      return await saveVersioned(database, runDocument, {
        text,
        version,
        beside(transaction) {
          for (const key of recordKeys) transaction.set(markPath(key), { expireAt });
        },
      });
    },
    async replayed(recordKeys) {
      const found = await database.read(recordKeys.map(markPath));
      return new Set(recordKeys.filter((key) => found.has(markPath(key))));
    },
  };
}

function markPath(recordKey: string): string {
  return documentPath('marks', recordKey);
}

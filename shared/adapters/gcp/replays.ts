import { markDays, maxMarksPerSave, type Replays, type StoredRun } from '../../ports/replays.ts';
import { parseReplayRun, replayRunJson } from '../../quarantine/replay-run.ts';
import { documentPath } from './document-path.ts';
import type { TransactionalDatabase } from './firestore-transactions.ts';
import { type DocumentReader, plainInteger, plainText } from './plain-documents.ts';

const runPath = documentPath('runs', 'current');
const dayMillis = 86_400_000;

/**
 * The replay's run and marks in Firestore: `runs/kcurrent` `{run, version}` and `marks/k<record key>` `{expireAt}`, written
 * in one transaction. Firestore deletes a mark some time after `expireAt`.
 */
export function createFirestoreReplays({ database }: { readonly database: TransactionalDatabase }): Replays {
  return {
    run: async () => (await readRun(database)).stored,
    async save(run, { recordKeys, atMillis }, version) {
      if (recordKeys.length > maxMarksPerSave)
        throw new RangeError(`at most ${maxMarksPerSave} marks are saved at once`);
      const text = JSON.stringify(replayRunJson(run));
      const next = Number(version ?? 0) + 1;
      const expireAt = new Date(atMillis + markDays * dayMillis);
      return await database.transact(async (transaction) => {
        const { stored, text: storedText } = await readRun(transaction);
        // The client begins anew when the answer to a commit is lost: then what is stored is this one.
        if (stored?.version === String(next) && storedText === text) return stored.version;
        if (stored?.version !== version) return 'changed';
        for (const key of recordKeys) transaction.set(markPath(key), { expireAt });
        transaction.set(runPath, { run: text, version: next });
        return String(next);
      });
    },
    async replayed(recordKeys) {
      const found = await database.read(recordKeys.map(markPath));
      return new Set(recordKeys.filter((key) => found.has(markPath(key))));
    },
  };
}

async function readRun(reader: DocumentReader): Promise<{ readonly stored?: StoredRun; readonly text?: string }> {
  const fields = (await reader.read([runPath])).get(runPath);
  if (fields === undefined) return {};
  const text = plainText(fields, 'run');
  return { stored: { run: parseReplayRun(text), version: String(plainInteger(fields, 'version')) }, text };
}

function markPath(recordKey: string): string {
  return documentPath('marks', recordKey);
}

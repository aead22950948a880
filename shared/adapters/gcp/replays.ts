import {
  markDays,
  maxMarksPerSave,
  type ReplayCount,
  type ReplayMark,
  type Replays,
  type StoredRun,
} from '../../ports/replays.ts';
import { parseReplayRun, replayRunJson } from '../../quarantine/replay-run.ts';
import { dayOf } from '../replay-day.ts';
import { documentPath } from './document-path.ts';
import type { DocumentTransaction, TransactionalDatabase } from './firestore-transactions.ts';
import { type DocumentReader, type PlainFields, plainInteger, plainText } from './plain-documents.ts';

const runPath = documentPath('runs', 'current');
const countsCollection = 'counts';
/** Days in quarantine times reasons and types. */
const maxCounts = 20_000;
const dayMillis = 86_400_000;

/**
 * The replay's run and marks in Firestore, in one transaction: `runs/kcurrent` `{run, version}`, `marks/k<record key>`
 * `{reason, type?, expireAt}`, and `counts/k<day> <reason> <type>` `{day, reason, type?, records, expireAt}`, so that to
 * count a million marks reads a few documents. Firestore deletes marks and counts some time after `expireAt`.
 */
export function createFirestoreReplays({ database }: { readonly database: TransactionalDatabase }): Replays {
  return {
    run: async () => (await readRun(database)).stored,
    async save(run, marks, version) {
      if (marks.length > maxMarksPerSave) throw new RangeError(`at most ${maxMarksPerSave} marks are saved at once`);
      const text = JSON.stringify(replayRunJson(run));
      const next = Number(version ?? 0) + 1;
      return await database.transact(async (transaction) => {
        const { stored, text: storedText } = await readRun(transaction);
        // The client begins anew when the answer to a commit is lost: then what is stored is this one.
        if (stored?.version === String(next) && storedText === text) return stored.version;
        if (stored?.version !== version) return 'changed';
        await addMarks(transaction, marks);
        transaction.set(runPath, { run: text, version: next });
        return String(next);
      });
    },
    async replayed(recordKeys) {
      const found = await database.read(recordKeys.map(markPath));
      return new Set(recordKeys.filter((key) => found.has(markPath(key))));
    },
    async counts(keptFromMillis) {
      const documents = await database.list(countsCollection, maxCounts);
      return sumCounts(documents.filter((fields) => plainText(fields, 'day') >= dayOf(keptFromMillis)));
    },
  };
}

async function readRun(reader: DocumentReader): Promise<{ readonly stored?: StoredRun; readonly text?: string }> {
  const fields = (await reader.read([runPath])).get(runPath);
  if (fields === undefined) return {};
  const text = plainText(fields, 'run');
  return { stored: { run: parseReplayRun(text), version: String(plainInteger(fields, 'version')) }, text };
}

/** Reads before it writes, as a transaction has to. */
async function addMarks(transaction: DocumentTransaction, marks: readonly ReplayMark[]): Promise<void> {
  const byKey = new Map(marks.toReversed().map((mark) => [mark.recordKey, mark]));
  const known = await transaction.read([...byKey.keys()].map(markPath));
  const added = [...byKey.values()].filter(({ recordKey }) => !known.has(markPath(recordKey)));
  const groups = Map.groupBy(added, countPath);
  const counted = await transaction.read([...groups.keys()]);
  for (const mark of added) transaction.set(markPath(mark.recordKey), markFields(mark));
  for (const [path, group] of groups) {
    const [first] = group;
    const before = counted.get(path);
    if (first === undefined) continue;
    const records = (before === undefined ? 0 : plainInteger(before, 'records')) + group.length;
    transaction.set(path, { ...markFields(first), day: dayOf(first.keptAtMillis), records });
  }
}

function markFields({ reason, type, replayedAtMillis }: ReplayMark): PlainFields {
  const expireAt = new Date(replayedAtMillis + markDays * dayMillis);
  return { reason, ...(type === undefined ? {} : { type }), expireAt };
}

function markPath(recordKey: string): string {
  return documentPath('marks', recordKey);
}

function countPath({ keptAtMillis, reason, type = '' }: ReplayMark): string {
  return documentPath(countsCollection, `${dayOf(keptAtMillis)} ${encodeURIComponent(reason)} ${type}`);
}

function sumCounts(documents: readonly PlainFields[]): ReplayCount[] {
  const sums = new Map<string, ReplayCount>();
  for (const fields of documents) {
    const [reason, type] = [plainText(fields, 'reason'), fields['type']];
    const key = JSON.stringify([reason, type ?? null]);
    const records = (sums.get(key)?.records ?? 0) + plainInteger(fields, 'records');
    sums.set(key, { reason, ...(typeof type === 'string' ? { type } : {}), records });
  }
  return [...sums.values()];
}

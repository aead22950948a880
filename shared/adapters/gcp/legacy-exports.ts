import { asObject, parseJson } from '../../event/json.ts';
import type { LegacyExports } from '../../ports/legacy-exports.ts';
import { documentPath } from './document-path.ts';
import type { TransactionalDatabase } from './firestore-transactions.ts';
import { type DocumentReader, plainInteger, plainText } from './plain-documents.ts';

/** Checkpoints of legacy files in Firestore: `exports/k<key>` `{state, version}`. */
export function createFirestoreLegacyExports({
  database,
}: {
  readonly database: TransactionalDatabase;
}): LegacyExports {
  return {
    find: async (key) => (await readExport(database, key)).stored,
    async save(key, state, version) {
      const text = JSON.stringify(state);
      const next = Number(version ?? 0) + 1;
      return await database.transact(async (transaction) => {
        const { stored, text: storedText } = await readExport(transaction, key);
        // The client begins anew when the answer to a commit is lost: then what is stored is this one.
        if (stored?.version === String(next) && storedText === text) return stored.version;
        if (stored?.version !== version) return 'changed';
        transaction.set(documentPath('exports', key), { state: text, version: next });
        return String(next);
      });
    },
  };
}

async function readExport(reader: DocumentReader, key: string) {
  const path = documentPath('exports', key);
  const fields = (await reader.read([path])).get(path);
  if (fields === undefined) return {};
  const text = plainText(fields, 'state');
  return { stored: { state: asObject(parseJson(text)), version: String(plainInteger(fields, 'version')) }, text };
}

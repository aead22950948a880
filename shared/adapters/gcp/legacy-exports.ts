import { asObject, parseJson } from '../../event/json.ts';
import { exportExpiryMillis, type LegacyExports, maxListedExports } from '../../ports/legacy-exports.ts';
import { documentPath } from './document-path.ts';
import type { TransactionalDatabase } from './firestore-transactions.ts';
import { plainText } from './plain-documents.ts';
import { readVersioned, saveVersioned, type VersionedDocument } from './versioned-document.ts';

/**
 * Checkpoints of legacy files in Firestore: `exports/k<key>` `{state, version, expireAt}`. Firestore deletes one some time
 * after `expireAt`.
 */
export function createFirestoreLegacyExports({
  database,
}: {
  readonly database: TransactionalDatabase;
}): LegacyExports {
  return {
    async find(key) {
      const stored = await readVersioned(database, documentOf(key));
      if (stored === undefined) return undefined;
      return { state: asObject(parseJson(stored.text)), version: stored.version };
    },
    async save(key, state, { version, atMillis }) {
      const expireAt = new Date(exportExpiryMillis(atMillis));
      return await saveVersioned(database, documentOf(key), { text: JSON.stringify(state), version, expireAt });
    },
    async list() {
      const documents = await database.list('exports', maxListedExports);
      return documents.map((fields) => asObject(parseJson(plainText(fields, 'state'))));
    },
  };
}

function documentOf(key: string): VersionedDocument {
  return { path: documentPath('exports', key), field: 'state' };
}

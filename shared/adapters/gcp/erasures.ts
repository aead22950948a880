import { erasureJson, parseErasure } from '../../erasure/erasure-json.ts';
import type { Erasures } from '../../ports/erasures.ts';
import { documentPath } from './document-path.ts';
import type { TransactionalDatabase } from './firestore-transactions.ts';
import { readVersioned, saveVersioned, type VersionedDocument } from './versioned-document.ts';

/** Records of erasures in Firestore: `erasures/k<id>` `{erasure, version}`. */
export function createFirestoreErasures({ database }: { readonly database: TransactionalDatabase }): Erasures {
  return {
    async find(id) {
      const stored = await readVersioned(database, documentOf(id));
      if (stored === undefined) return undefined;
      return { erasure: parseErasure(stored.text), version: stored.version };
    },
    async save(erasure, version) {
      const text = JSON.stringify(erasureJson(erasure));
      return await saveVersioned(database, documentOf(erasure.id), { text, version });
    },
  };
}

function documentOf(id: string): VersionedDocument {
  return { path: documentPath('erasures', id), field: 'erasure' };
}

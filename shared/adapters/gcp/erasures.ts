import { erasureJson, parseErasure } from '../../erasure/erasure-json.ts';
import type { Erasures } from '../../ports/erasures.ts';
import { documentPath } from './document-path.ts';
import type { TransactionalDatabase } from './firestore-transactions.ts';
import { type PlainFields, plainInteger, plainText } from './plain-documents.ts';

/** Records of erasures in Firestore: `erasures/k<id>` `{erasure, version}`. */
export function createFirestoreErasures({ database }: { readonly database: TransactionalDatabase }): Erasures {
  return {
    async find(id) {
      const fields = (await database.read([pathOf(id)])).get(pathOf(id));
      if (fields === undefined) return undefined;
      return { erasure: parseErasure(plainText(fields, 'erasure')), version: versionOf(fields) ?? '' };
    },
    async save(erasure, version) {
      const path = pathOf(erasure.id);
      const text = JSON.stringify(erasureJson(erasure));
      const next = Number(version ?? 0) + 1;
      return await database.transact(async (transaction) => {
        const fields = (await transaction.read([path])).get(path);
        const stored = versionOf(fields);
        // The client begins anew when the answer to a commit is lost: then what is stored is this one.
        const isThisOne = fields !== undefined && stored === String(next) && plainText(fields, 'erasure') === text;
        if (isThisOne) return stored;
        if (stored !== version) return 'changed';
        transaction.set(path, { erasure: text, version: next });
        return String(next);
      });
    },
  };
}

function versionOf(fields: PlainFields | undefined): string | undefined {
  return fields === undefined ? undefined : String(plainInteger(fields, 'version'));
}

function pathOf(id: string): string {
  return documentPath('erasures', id);
}

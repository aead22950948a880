import { type SubjectObjections, withObjection } from '../../ports/subject-key-records.ts';
import { Unavailable } from '../../ports/unavailable.ts';
import { documentPath } from './document-path.ts';
import type { FirestoreDatabase } from './firestore-database.ts';
import { storedKeyFields, storedKeyOf, subjectKeyCollection } from './subject-key-documents.ts';

/** Attempts for a subject whose record others change at the same time. */
const maxRounds = 8;

/**
 * Objections in the documents of keys, in Firestore, so that the one read that finds a key finds them. What was read is the
 * precondition of what is written.
 */
export function createFirestoreSubjectObjections(options: { readonly database: FirestoreDatabase }): SubjectObjections {
  const { database } = options;
  return {
    async changeObjections(firstIds, change) {
      let left = firstIds.map((id) => documentPath(subjectKeyCollection, id));
      let changed = 0;
      for (let round = 0; left.length > 0 && round < maxRounds; round += 1) {
        const found = await database.read(left);
        const writes = left.flatMap((path) => {
          const document = found.get(path);
          const next = withObjection(document === undefined ? undefined : storedKeyOf(document.fields), change);
          if (next === undefined) return [];
          return [{ path, fields: storedKeyFields(next), expected: document?.version ?? ('absent' as const) }];
        });
        const outcomes = writes.length > 0 ? await database.writeEach(writes) : [];
        const lost = writes.filter((_, at) => outcomes[at] !== 'written');
        changed += writes.length - lost.length;
        left = lost.map(({ path }) => path);
      }
      if (left.length > 0) throw new Unavailable('subject-keys', 'others kept changing the same keys');
      return changed;
    },
  };
}

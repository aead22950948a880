import type { SubjectUseRecords, SubjectUses } from '../../ports/subject-uses.ts';
import { documentPath } from './document-path.ts';
import type { FirestoreDatabase } from './firestore-database.ts';

/**
 * In which months subjects were seen, in Firestore: the empty documents `months/k<month>/subjects/k<subject>`, so that a month
 * is a list and nothing is indexed.
 */
export function createFirestoreSubjectUses({
  database,
}: {
  readonly database: FirestoreDatabase;
}): SubjectUses & SubjectUseRecords {
  return {
    async mark(month, ids) {
      const paths = ids.map((id) => pathOf(month, id));
      // A read costs a third of a write, and most of what one instance does not remember another has written.
      const known = await database.read(paths);
      const missing = paths.filter((path) => !known.has(path));
      if (missing.length === 0) return;
      // A conflict is somebody who came first.
      await database.writeEach(missing.map((path) => ({ path, fields: {}, expected: 'absent' })));
    },
    // Without the letter that `documentPath` puts in front.
    seenIn: async (month, max) => (await database.listIds(subjectsPath(month), max)).map((id) => id.slice(1)),
    async amongSeenIn(month, ids) {
      const known = await database.read(ids.map((id) => pathOf(month, id)));
      return new Set(ids.filter((id) => known.has(pathOf(month, id))));
    },
    forget: (month, ids) => database.removeEach(ids.map((id) => pathOf(month, id))),
  };
}

function subjectsPath(month: string): string {
  return `${documentPath('months', month)}/subjects`;
}

function pathOf(month: string, id: string): string {
  return documentPath(subjectsPath(month), id);
}

import type { SubjectSource, SubjectSourceRecords, SubjectSources } from '../../ports/subject-sources.ts';
import { documentPath } from './document-path.ts';
import type { FirestoreDatabase } from './firestore-database.ts';

/**
 * What subjects were seen with, in Firestore: the empty documents `subjects/k<subject>/sources/k<source>` and
 * `sources/k<source>/subjects/k<subject>`, so that either side is a list and nothing is indexed. The second is written
 * first: where the first is, both are.
 */
export function createFirestoreSubjectSources({
  database,
}: {
  readonly database: FirestoreDatabase;
}): SubjectSources & SubjectSourceRecords {
  const create = (paths: readonly string[]) =>
    database.writeEach(paths.map((path) => ({ path, fields: {}, expected: 'absent' })));

  return {
    async record(pairs) {
      const known = await database.read(pairs.map(bySubject));
      const missing = pairs.filter((pair) => !known.has(bySubject(pair)));
      if (missing.length === 0) return;
      // A conflict is somebody who came first.
      await create(missing.map(bySource));
      await create(missing.map(bySubject));
    },
    sourcesOf: async (subjectId, max) => keysOf(await database.listIds(sourcesPath(subjectId), max)),
    subjectsOf: async (sourceId, max) => keysOf(await database.listIds(subjectsPath(sourceId), max)),
    async forget(pairs) {
      await database.removeEach(pairs.map(bySubject));
      await database.removeEach(pairs.map(bySource));
    },
  };
}

function sourcesPath(subjectId: string): string {
  return `${documentPath('subjects', subjectId)}/sources`;
}

function subjectsPath(sourceId: string): string {
  return `${documentPath('sources', sourceId)}/subjects`;
}

function bySubject({ subjectId, sourceId }: SubjectSource): string {
  return documentPath(sourcesPath(subjectId), sourceId);
}

function bySource({ subjectId, sourceId }: SubjectSource): string {
  return documentPath(subjectsPath(sourceId), subjectId);
}

/** Without the letter that `documentPath` puts in front. */
function keysOf(ids: readonly string[]): string[] {
  return ids.map((id) => id.slice(1));
}

import {
  type ErasedKey,
  type ErasedKeys,
  type ErasureTimes,
  laterTombstone,
  nextTombstone,
  type SubjectKeyErasures,
} from '../../ports/subject-key-records.ts';
import { Unavailable } from '../../ports/unavailable.ts';
import { inChunks } from './chunks.ts';
import { documentPath } from './document-path.ts';
import type { FirestoreDatabase, FirestoreDocument, FirestoreWrite } from './firestore-database.ts';
import { storedKeyOf, subjectKeyCollection, tombstoneFields } from './subject-key-documents.ts';

/** Attempts for a subject whose records others change at the same time: a stage that creates its key, another erasure. */
const maxRounds = 8;
/** Commits that wait for an answer at once. */
const maxCommits = 16;

/** A subject whose records were read; its writes are committed together. */
interface Planned {
  readonly at: number;
  readonly erased: ErasedKey;
  readonly writes: readonly FirestoreWrite[];
}

/**
 * Ends keys in Firestore. What was read is the precondition of what is written, so an erasure is a transaction: of a
 * subject that was erased before it is one commit of two documents, of the others one document each, many in a request.
 */
export function createFirestoreSubjectKeyErasures(options: {
  readonly database: FirestoreDatabase;
}): SubjectKeyErasures {
  const { database } = options;

  async function plan(subjects: readonly (readonly [number, ErasedKeys])[], times: ErasureTimes): Promise<Planned[]> {
    const firsts = await database.read(subjects.map(([, { idOf }]) => pathOf(idOf(0))));
    const generations = subjects.map(([, { idOf }]) => tombstoneAt(firsts.get(pathOf(idOf(0))))?.generation ?? 0);
    const later = subjects.flatMap(([, { idOf }], at) => {
      const generation = generations[at] ?? 0;
      return generation > 0 ? [pathOf(idOf(generation))] : [];
    });
    const seconds = later.length > 0 ? await database.read(later) : new Map<string, FirestoreDocument>();
    return subjects.map(([at, { idOf }], position) => {
      const first = pathOf(idOf(0));
      const current = pathOf(idOf(generations[position] ?? 0));
      const found = firsts.get(first);
      const tombstone = nextTombstone(found === undefined ? undefined : storedKeyOf(found.fields), times);
      const write = (path: string): FirestoreWrite => {
        const fields = tombstoneFields(path === first ? tombstone : laterTombstone(tombstone));
        return { path, fields, expected: (firsts.get(path) ?? seconds.get(path))?.version ?? 'absent' };
      };
      const key = firsts.get(current) ?? seconds.get(current);
      const hadKey = key !== undefined && storedKeyOf(key.fields).kind === 'keyset';
      return { at, erased: { hadKey, tombstone }, writes: [...new Set([first, current])].map(write) };
    });
  }

  /** Those that are done. */
  async function execute(planned: readonly Planned[]): Promise<Planned[]> {
    const single = planned.filter(({ writes }) => writes.length === 1);
    const outcomes = await database.writeEach(single.flatMap(({ writes }) => writes));
    const done = single.filter((_, at) => outcomes[at] === 'written');
    const paired = planned.filter(({ writes }) => writes.length > 1);
    for (const some of inChunks(paired, { maxItems: maxCommits })) {
      const committed = await Promise.all(some.map(({ writes }) => database.commit(writes)));
      done.push(...some.filter((_, position) => committed[position] === 'committed'));
    }
    return done;
  }

  return {
    async erase(subjects, times) {
      const answers: (ErasedKey | undefined)[] = subjects.map(() => undefined);
      let left = [...subjects.entries()];
      for (let round = 0; left.length > 0 && round < maxRounds; round += 1) {
        for (const { at, erased } of await execute(await plan(left, times))) answers[at] = erased;
        left = left.filter(([at]) => answers[at] === undefined);
      }
      return answers.map((answer) => {
        if (answer === undefined) throw new Unavailable('subject-keys', 'others kept changing the same keys');
        return answer;
      });
    },
  };
}

function pathOf(id: string): string {
  return documentPath(subjectKeyCollection, id);
}

function tombstoneAt(document: FirestoreDocument | undefined) {
  const stored = document === undefined ? undefined : storedKeyOf(document.fields);
  return stored?.kind === 'tombstone' ? stored : undefined;
}

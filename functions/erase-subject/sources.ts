import type { KeyObject } from 'node:crypto';
import { destroyedIds, keysOf } from '../../shared/erasure/subject-key-id.ts';
import type { ErasureTimes, SubjectKeyErasures } from '../../shared/ports/subject-key-records.ts';
import type { SubjectSource, SubjectSourceRecords } from '../../shared/ports/subject-sources.ts';

export interface SourcePorts {
  readonly keys: SubjectKeyErasures;
  readonly sources: SubjectSourceRecords;
  readonly lookupKey: KeyObject;
}

/** A person whose keys are destroyed. */
export interface ErasedPerson {
  /** Of the first key's record. */
  readonly firstId: string;
  /** Of the key that the person would have now; those before are destroyed. */
  readonly generation: number;
}

export interface ErasedSources {
  readonly erased: number;
  /** Somebody else was seen with them, so they stay, and link the person's rows of before and after. */
  readonly shared: number;
}

/** Installations that are looked at together. */
const pageSize = 200;
/** Requests that wait for an answer at once. */
const maxRequests = 32;

/**
 * Erases the installations that these people were seen with, and nobody else was, and forgets who was seen with what. The
 * records of people whose keys are destroyed go last, so that a repetition finds what a crash has left.
 */
export async function eraseSources(
  people: readonly ErasedPerson[],
  times: ErasureTimes,
  { keys, sources, lookupKey }: SourcePorts,
): Promise<ErasedSources> {
  const own = people.flatMap(({ firstId, generation }) => destroyedIds(lookupKey, firstId, generation));
  const isOwn = new Set(own);
  const [erased, shared] = [new Set<string>(), new Set<string>()];

  async function isShared(sourceId: string): Promise<boolean> {
    const subjects = await sources.subjectsOf(sourceId, isOwn.size + 1);
    return subjects.some((id) => !isOwn.has(id));
  }

  async function eraseOf(subjectIds: readonly string[]): Promise<void> {
    const lists = await inTurn(subjectIds, (id) => sources.sourcesOf(id, pageSize));
    const pairs = lists.flatMap((list, at) =>
      list.map((sourceId): SubjectSource => ({ subjectId: subjectIds[at] ?? '', sourceId })),
    );
    const found = [...new Set(pairs.map(({ sourceId }) => sourceId))].filter((id) => !erased.has(id));
    const stay = await inTurn(found, isShared);
    const gone = found.filter((_, at) => stay[at] === false);
    const ended = gone.map((id) => keysOf(lookupKey, id));
    if (gone.length > 0) await keys.erase(ended, times);
    for (const id of gone) erased.add(id);
    for (const [at, id] of found.entries()) if (stay[at]) shared.add(id);
    if (pairs.length > 0) await sources.forget(pairs);
    const more = subjectIds.filter((_, at) => lists[at]?.length === pageSize);
    if (more.length > 0) await eraseOf(more);
  }

  await eraseOf(own);
  return { erased: erased.size, shared: shared.size };
}

async function inTurn<In, Out>(items: readonly In[], ask: (item: In) => Promise<Out>): Promise<Out[]> {
  const answers: Out[] = [];
  for (let at = 0; at < items.length; at += maxRequests) {
    answers.push(...(await Promise.all(items.slice(at, at + maxRequests).map(ask))));
  }
  return answers;
}

import type { SubjectSource, SubjectSources } from '../../shared/ports/subject-sources.ts';
import { makeRecorded } from './recorded.ts';
import type { OpenRow } from './row.ts';
import type { SubjectCiphers } from './subject-keys.ts';

export interface SeenSources {
  /**
   * Records which installations the subjects of these rows were seen with, each pair once: an erasure of the person looks
   * for them. Before a row goes out, so that none is missed. Rejects with `Unavailable`.
   */
  note(rows: readonly OpenRow[], ciphers: SubjectCiphers): Promise<void>;
}

/** `maxCached` pairs are remembered as recorded; what is forgotten is asked for again. */
export function makeSeenSources(records: SubjectSources, maxCached: number): SeenSources {
  const recorded = makeRecorded(maxCached);

  return {
    async note(rows, ciphers) {
      const found = new Map<string, SubjectSource>();
      let before: OpenRow['owners'] | undefined;
      for (const { owners, moment } of rows) {
        const [source, person] = owners;
        // Mostly those of the row before.
        if (person === undefined || owners === before) continue;
        if (ciphers.objects(source, moment) || ciphers.objects(person, moment)) continue;
        const [ofSource, ofPerson] = [ciphers.of(source, moment), ciphers.of(person, moment)];
        if (ofSource.kind !== 'cipher' || ofPerson.kind !== 'cipher') continue;
        before = ciphers.steady(source) && ciphers.steady(person) ? owners : undefined;
        const name = `${ofPerson.id} ${ofSource.firstId}`;
        if (!recorded.has(name)) found.set(name, { subjectId: ofPerson.id, sourceId: ofSource.firstId });
      }
      if (found.size === 0) return;
      await records.record([...found.values()]);
      for (const name of found.keys()) recorded.add(name);
    },
  };
}

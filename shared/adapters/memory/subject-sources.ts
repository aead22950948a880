import type { SubjectSourceRecords, SubjectSources } from '../../ports/subject-sources.ts';
import { type Gate, openGate } from './gate.ts';

export function createMemorySubjectSources(options: { gate?: Gate } = {}): SubjectSources & SubjectSourceRecords {
  const gate = options.gate ?? openGate;
  const pairs = new Map<string, { readonly subjectId: string; readonly sourceId: string }>();
  const keyOf = (subjectId: string, sourceId: string) => `${subjectId} ${sourceId}`;
  return {
    async record(seen) {
      await gate('record');
      for (const { subjectId, sourceId } of seen) pairs.set(keyOf(subjectId, sourceId), { subjectId, sourceId });
    },
    async sourcesOf(subjectId, max) {
      await gate('sourcesOf');
      return [...pairs.values()].flatMap((pair) => (pair.subjectId === subjectId ? pair.sourceId : [])).slice(0, max);
    },
    async subjectsOf(sourceId, max) {
      await gate('subjectsOf');
      return [...pairs.values()].flatMap((pair) => (pair.sourceId === sourceId ? pair.subjectId : [])).slice(0, max);
    },
    async forget(gone) {
      await gate('forget');
      for (const { subjectId, sourceId } of gone) pairs.delete(keyOf(subjectId, sourceId));
    },
  };
}

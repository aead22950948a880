import {
  laterTombstone,
  nextTombstone,
  type StoredKey,
  type SubjectKeyErasures,
  type SubjectKeyRecords,
  type SubjectObjections,
  withObjection,
} from '../../ports/subject-key-records.ts';
import { type Gate, openGate } from './gate.ts';

/** Subject keys in a map. */
export function createMemorySubjectKeyRecords(
  options: { gate?: Gate } = {},
): SubjectKeyRecords & SubjectKeyErasures & SubjectObjections {
  const keys = new Map<string, StoredKey>();
  const gate = options.gate ?? openGate;

  return {
    async read(ids) {
      await gate('read');
      return ids.map((id) => structuredClone(keys.get(id)));
    },
    async createMissing(records) {
      await gate('createMissing');
      return records.map(({ id, encryptedKeyset }) => {
        const stored = keys.get(id) ?? { kind: 'keyset', encryptedKeyset: Uint8Array.from(encryptedKeyset) };
        keys.set(id, stored);
        return structuredClone(stored);
      });
    },
    async erase(subjects, times) {
      await gate('erase');
      return subjects.map(({ idOf }) => {
        const first = keys.get(idOf(0));
        const current = idOf(first?.kind === 'tombstone' ? first.generation : 0);
        const hadKey = keys.get(current)?.kind === 'keyset';
        const tombstone = nextTombstone(first, times);
        keys.set(current, laterTombstone(tombstone));
        keys.set(idOf(0), tombstone);
        return { hadKey, tombstone: { ...tombstone } };
      });
    },
    async changeObjections(firstIds, change) {
      await gate('changeObjections');
      const changed = firstIds.filter((id) => {
        const next = withObjection(keys.get(id), change);
        if (next !== undefined) keys.set(id, next);
        return next !== undefined;
      });
      return changed.length;
    },
  };
}

import {
  nextTombstone,
  type StoredKey,
  type SubjectKeyErasures,
  type SubjectKeyRecords,
} from '../../ports/subject-key-records.ts';
import { type Gate, openGate } from './gate.ts';

/** Subject keys in a map. */
export function createMemorySubjectKeyRecords(options: { gate?: Gate } = {}): SubjectKeyRecords & SubjectKeyErasures {
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
        const found = first?.kind === 'tombstone' ? first : undefined;
        const current = idOf(found?.generation ?? 0);
        const hadKey = keys.get(current)?.kind === 'keyset';
        const tombstone = nextTombstone(found, times);
        for (const id of [current, idOf(0)]) keys.set(id, tombstone);
        return { hadKey, tombstone: { ...tombstone } };
      });
    },
  };
}

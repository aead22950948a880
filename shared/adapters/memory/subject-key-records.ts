import type { SubjectKeyRecords } from '../../ports/subject-key-records.ts';
import { type Gate, openGate } from './gate.ts';

/** Subject keys in a map. */
export function createMemorySubjectKeyRecords(options: { gate?: Gate } = {}): SubjectKeyRecords {
  const keysets = new Map<string, Uint8Array>();
  const gate = options.gate ?? openGate;

  return {
    async read(ids) {
      await gate('read');
      return ids.map((id) => {
        const keyset = keysets.get(id);
        return keyset === undefined ? undefined : Uint8Array.from(keyset);
      });
    },
    async createMissing(records) {
      await gate('createMissing');
      return records.map(({ id, encryptedKeyset }) => {
        const stored = keysets.get(id) ?? Uint8Array.from(encryptedKeyset);
        keysets.set(id, stored);
        return Uint8Array.from(stored);
      });
    },
  };
}

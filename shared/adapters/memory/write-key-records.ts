import type { WriteKeyRecord, WriteKeyRecords } from '../../ports/write-key-records.ts';
import { type Gate, openGate } from './gate.ts';

/** Write keys in a map. */
export function createMemoryWriteKeyRecords(options: { gate?: Gate } = {}): WriteKeyRecords {
  const records = new Map<string, WriteKeyRecord>();
  const gate = options.gate ?? openGate;

  return {
    async find(keyId) {
      await gate('find');
      return records.get(keyId);
    },
    async create(record) {
      await gate('create');
      if (records.has(record.keyId)) throw new RangeError(`there is a write key ${record.keyId} already`);
      records.set(record.keyId, { ...record });
    },
    async list() {
      await gate('list');
      return [...records.values()].sort((a, b) => a.createdAtMillis - b.createdAtMillis);
    },
    async revoke(keyId, nowMillis) {
      await gate('revoke');
      const record = records.get(keyId);
      if (record === undefined) return 'unknown';
      if (record.revokedAtMillis !== undefined) return 'already-revoked';
      records.set(keyId, { ...record, revokedAtMillis: nowMillis });
      return 'revoked';
    },
  };
}

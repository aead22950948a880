import { exportExpiryMillis, type LegacyExports, type StoredExport } from '../../ports/legacy-exports.ts';
import { type Gate, openGate } from './gate.ts';

export function createMemoryLegacyExports({ gate = openGate }: { readonly gate?: Gate } = {}): LegacyExports {
  const stored = new Map<string, StoredExport & { readonly expireAtMillis: number }>();
  return {
    async find(key) {
      await gate('find');
      const found = stored.get(key);
      return found === undefined ? undefined : structuredClone({ state: found.state, version: found.version });
    },
    async save(key, state, { version, atMillis }) {
      await gate('save');
      if (stored.get(key)?.version !== version) return 'changed';
      const next = String(Number(version ?? 0) + 1);
      stored.set(key, structuredClone({ state, version: next, expireAtMillis: exportExpiryMillis(atMillis) }));
      for (const [old, { expireAtMillis }] of stored) if (expireAtMillis < atMillis) stored.delete(old);
      return next;
    },
    async list() {
      await gate('list');
      return [...stored.values()].map(({ state }) => structuredClone(state));
    },
  };
}

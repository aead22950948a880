import type { LegacyExports, StoredExport } from '../../ports/legacy-exports.ts';
import { type Gate, openGate } from './gate.ts';

export function createMemoryLegacyExports({ gate = openGate }: { readonly gate?: Gate } = {}): LegacyExports {
  const stored = new Map<string, StoredExport>();
  return {
    async find(key) {
      await gate('find');
      return structuredClone(stored.get(key));
    },
    async save(key, state, version) {
      await gate('save');
      if (stored.get(key)?.version !== version) return 'changed';
      const next = String(Number(version ?? 0) + 1);
      stored.set(key, structuredClone({ state, version: next }));
      return next;
    },
    async list() {
      await gate('list');
      return [...stored.values()].map(({ state }) => structuredClone(state));
    },
  };
}

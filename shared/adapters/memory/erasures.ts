import type { Erasures, StoredErasure } from '../../ports/erasures.ts';
import { type Gate, openGate } from './gate.ts';

export function createMemoryErasures({ gate = openGate }: { readonly gate?: Gate } = {}): Erasures {
  const stored = new Map<string, StoredErasure>();
  return {
    async find(id) {
      await gate('find');
      return structuredClone(stored.get(id));
    },
    async save(erasure, version) {
      await gate('save');
      if (stored.get(erasure.id)?.version !== version) return 'changed';
      const next = String(Number(version ?? 0) + 1);
      stored.set(erasure.id, structuredClone({ erasure, version: next }));
      return next;
    },
  };
}

import type { SubjectUseRecords, SubjectUses } from '../../ports/subject-uses.ts';
import { type Gate, openGate } from './gate.ts';

export function createMemorySubjectUses(options: { gate?: Gate } = {}): SubjectUses & SubjectUseRecords {
  const gate = options.gate ?? openGate;
  const months = new Map<string, Set<string>>();
  const seen = (month: string) => months.get(month) ?? new Set<string>();
  return {
    async mark(month, ids) {
      await gate('mark');
      months.set(month, new Set([...seen(month), ...ids]));
    },
    async seenIn(month, max) {
      await gate('seenIn');
      return [...seen(month)].slice(0, max);
    },
    async amongSeenIn(month, ids) {
      await gate('amongSeenIn');
      return new Set(ids.filter((id) => seen(month).has(id)));
    },
    async forget(month, ids) {
      await gate('forget');
      for (const id of ids) months.get(month)?.delete(id);
    },
  };
}

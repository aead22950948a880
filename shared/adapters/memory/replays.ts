import { type ReplayCount, type ReplayMark, type Replays, type StoredRun, maxMarksPerSave } from '../../ports/replays.ts';
import { dayOf } from '../replay-day.ts';
import { type Gate, openGate } from './gate.ts';

export function createMemoryReplays({ gate = openGate }: { readonly gate?: Gate } = {}): Replays {
  const marks = new Map<string, ReplayMark>();
  let stored: StoredRun | undefined;
  return {
    async run() {
      await gate('run');
      return structuredClone(stored);
    },
    async save(run, added, version) {
      if (added.length > maxMarksPerSave) throw new RangeError(`at most ${maxMarksPerSave} marks are saved at once`);
      await gate('save');
      if (stored?.version !== version) return 'changed';
      stored = structuredClone({ run, version: String(Number(version ?? 0) + 1) });
      for (const mark of added) if (!marks.has(mark.recordKey)) marks.set(mark.recordKey, mark);
      return stored.version;
    },
    async replayed(recordKeys) {
      await gate('replayed');
      return new Set(recordKeys.filter((id) => marks.has(id)));
    },
    async counts(keptFromMillis) {
      await gate('counts');
      const kept = [...marks.values()].filter(({ keptAtMillis }) => dayOf(keptAtMillis) >= dayOf(keptFromMillis));
      const groups = Map.groupBy(kept, ({ reason, type }) => JSON.stringify([reason, type ?? null]));
      return [...groups.values()].flatMap((group): ReplayCount[] => {
        const [first] = group;
        if (first === undefined) return [];
        const { reason, type } = first;
        return [{ reason, ...(type === undefined ? {} : { type }), records: group.length }];
      });
    },
  };
}

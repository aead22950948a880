import type { ReplayMark, ReplayMarks } from '../../ports/replay-marks.ts';
import { type Gate, openGate } from './gate.ts';

export function createMemoryReplayMarks({ gate = openGate }: { readonly gate?: Gate } = {}): ReplayMarks {
  const marks = new Map<string, ReplayMark>();
  return {
    async replayed(recordKeys) {
      await gate('replayed');
      return new Set(recordKeys.filter((id) => marks.has(id)));
    },
    async mark(added) {
      await gate('mark');
      for (const mark of added) if (!marks.has(mark.recordKey)) marks.set(mark.recordKey, mark);
    },
    async counts() {
      await gate('counts');
      const groups = Map.groupBy(marks.values(), ({ reason, type }) => JSON.stringify([reason, type ?? null]));
      return [...groups.values()].flatMap((group) => {
        const [first] = group;
        if (first === undefined) return [];
        const { reason, type } = first;
        return [{ reason, ...(type === undefined ? {} : { type }), records: group.length }];
      });
    },
  };
}

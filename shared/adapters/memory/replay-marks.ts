import type { ReplayMarks } from '../../ports/quarantine-records.ts';
import { type Gate, openGate } from './gate.ts';

/** Replay marks in a map. */
export function createMemoryReplayMarks(options: { gate?: Gate } = {}): ReplayMarks {
  const marks = new Map<string, number>();
  const gate = options.gate ?? openGate;
  return {
    async marked(recordIds) {
      await gate('marked');
      return new Set(recordIds.filter((id) => marks.has(id)));
    },
    async mark(recordIds, nowMillis) {
      await gate('mark');
      for (const id of recordIds) if (!marks.has(id)) marks.set(id, nowMillis);
    },
  };
}

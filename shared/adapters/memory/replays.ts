import { maxMarksPerSave, type Replays, type StoredRun } from '../../ports/replays.ts';
import { type Gate, openGate } from './gate.ts';

export function createMemoryReplays({ gate = openGate }: { readonly gate?: Gate } = {}): Replays {
  const marked = new Set<string>();
  let stored: StoredRun | undefined;
  return {
    async run() {
      await gate('run');
      return structuredClone(stored);
    },
    async save(run, { recordKeys }, version) {
      if (recordKeys.length > maxMarksPerSave)
        throw new RangeError(`at most ${maxMarksPerSave} marks are saved at once`);
      await gate('save');
      if (stored?.version !== version) return 'changed';
      stored = structuredClone({ run, version: String(Number(version ?? 0) + 1) });
      for (const key of recordKeys) marked.add(key);
      return stored.version;
    },
    async replayed(recordKeys) {
      await gate('replayed');
      return new Set(recordKeys.filter((key) => marked.has(key)));
    },
  };
}

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { maxMarksPerSave, type ReplayRun, type Replays } from '../../../shared/ports/replays.ts';
import type { ContractAdapter, OpenedAdapter } from '../contract-adapter.ts';

/** What every storage of replays promises. */
export function replaysContract(adapter: ContractAdapter<Replays>): void {
  describe(`replays: ${adapter.name}`, () => {
    let opened: OpenedAdapter<Replays>;
    let replays: Replays;
    beforeEach(async () => {
      opened = await adapter.open();
      replays = opened.port;
    });
    afterEach(() => opened.close());

    const run: ReplayRun = {
      id: '019ad0a0-0000-7000-8000-000000000001',
      request: {
        filter: { reason: 'schema', type: 'shop.order.v1', recordKey: 'k', keptFromMillis: 1, keptToMillis: 2 },
        limit: 10,
        rate: 5,
        dryRun: false,
      },
      totals: { records: 9, read: 4, replayed: 2, replayedBefore: 1, stay: { 'unknown-type': 1 } },
      cursor: { seal: 's', recordKey: 'r' },
      state: 'running',
      leasedUntilMillis: 1_800_000_060_000,
      startedAtMillis: 1_800_000_000_000,
    };
    const marksOf = (...recordKeys: string[]) => ({ recordKeys, atMillis: 1_800_000_000_000 });

    test('there is no run until one is saved, and then it is as it was saved', async () => {
      expect(await replays.run()).toBeUndefined();
      const version = await replays.save(run, marksOf(), undefined);
      expect(await replays.run()).toEqual({ run, version });
      const bare = { ...run, request: { filter: {}, dryRun: true } };
      const { cursor: _, ...begun } = bare;
      const next = await replays.save(begun, marksOf(), version);
      expect(await replays.run()).toEqual({ run: begun, version: next });
    });

    test('who has not read the run as it is changes nothing, and no mark', async () => {
      const first = await replays.save(run, marksOf('a'), undefined);
      const second = await replays.save({ ...run, state: 'interrupted' }, marksOf('b'), first);
      expect(second).not.toBe('changed');
      expect(await replays.save({ ...run, id: 'other' }, marksOf('c'), first)).toBe('changed');
      expect(await replays.save({ ...run, id: 'other' }, marksOf('c'), undefined)).toBe('changed');
      expect((await replays.run())?.run).toEqual({ ...run, state: 'interrupted' });
      expect(await replays.replayed(['a', 'b', 'c'])).toEqual(new Set(['a', 'b']));
    });

    test('of several that save at once one does', async () => {
      const version = await replays.save(run, marksOf(), undefined);
      const answers = await Promise.all(
        ['x', 'y', 'z'].map((id) => replays.save({ ...run, id }, marksOf(id), version)),
      );
      expect(answers.filter((answer) => answer !== 'changed')).toHaveLength(1);
      const winner = (await replays.run())?.run.id ?? '';
      expect(await replays.replayed(['x', 'y', 'z'])).toEqual(new Set([winner]));
    });

    test('tells which of the records have a mark, as many as one save takes', async () => {
      const keys = Array.from({ length: maxMarksPerSave }, (_, at) => `key-${at}`);
      await replays.save(run, marksOf(...keys), undefined);
      expect(await replays.replayed([...keys.slice(0, 3), 'other'])).toEqual(new Set(keys.slice(0, 3)));
      expect((await replays.replayed(keys)).size).toBe(maxMarksPerSave);
      expect(await replays.replayed([])).toEqual(new Set());
    });

    if (adapter.survivesRestart) {
      test('keeps run and marks across a restart', async () => {
        const version = await replays.save(run, marksOf('a'), undefined);
        replays = await opened.reopen();
        expect(await replays.run()).toEqual({ run, version });
        expect(await replays.replayed(['a', 'b'])).toEqual(new Set(['a']));
      });
    }
  });
}

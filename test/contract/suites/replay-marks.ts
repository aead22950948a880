import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ReplayMarks } from '../../../shared/ports/replay-marks.ts';
import type { ContractAdapter, OpenedAdapter } from '../contract-adapter.ts';

/** What every storage of replay marks promises. */
export function replayMarksContract(adapter: ContractAdapter<ReplayMarks>): void {
  describe(`replay marks: ${adapter.name}`, () => {
    let opened: OpenedAdapter<ReplayMarks>;
    let marks: ReplayMarks;
    beforeEach(async () => {
      opened = await adapter.open();
      marks = opened.port;
    });
    afterEach(() => opened.close());

    const markOf = (recordKey: string, type?: string) => ({
      recordKey,
      reason: 'unknown-type',
      ...(type === undefined ? {} : { type }),
      replayedAtMillis: 1_000,
    });

    test('tells which of the records have a mark', async () => {
      await marks.mark([markOf('a'), markOf('b')]);
      expect(await marks.replayed(['b', 'c'])).toEqual(new Set(['b']));
      expect(await marks.replayed([])).toEqual(new Set());
    });

    test('counts by reason and type; a record that is marked again counts once', async () => {
      await marks.mark([markOf('a', 'shop.order.v1'), markOf('b', 'shop.order.v1'), markOf('c')]);
      await marks.mark([markOf('a', 'shop.order.v1')]);
      const counts = await marks.counts();
      expect(counts).toHaveLength(2);
      expect(counts).toEqual(
        expect.arrayContaining([
          { reason: 'unknown-type', records: 1 },
          { reason: 'unknown-type', type: 'shop.order.v1', records: 2 },
        ]),
      );
    });

    if (adapter.survivesRestart) {
      test('keeps them across a restart', async () => {
        await marks.mark([markOf('a')]);
        marks = await opened.reopen();
        expect(await marks.replayed(['a'])).toEqual(new Set(['a']));
      });
    }
  });
}

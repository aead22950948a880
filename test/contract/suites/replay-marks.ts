import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ReplayMarks } from '../../../shared/ports/quarantine-records.ts';
import type { ContractAdapter, OpenedAdapter } from '../contract-adapter.ts';

/** What every adapter of `ReplayMarks` promises. */
export function replayMarksContract(adapter: ContractAdapter<ReplayMarks>): void {
  describe(`replay marks: ${adapter.name}`, () => {
    let opened: OpenedAdapter<ReplayMarks>;
    beforeEach(async () => {
      opened = await adapter.open();
    });
    afterEach(() => opened.close());

    test('knows what was marked, and nothing else', async () => {
      await opened.port.mark(['a', 'b'], 1);
      expect(await opened.port.marked(['a', 'c', 'b'])).toEqual(new Set(['a', 'b']));
      expect(await opened.port.marked([])).toEqual(new Set());
    });

    test('marking again changes nothing', async () => {
      await opened.port.mark(['a'], 1);
      await opened.port.mark(['a', 'a'], 2);
      expect(await opened.port.marked(['a'])).toEqual(new Set(['a']));
    });

    if (adapter.survivesRestart) {
      test('marks survive a restart', async () => {
        await opened.port.mark(['a'], 1);
        const again = await opened.reopen();
        expect(await again.marked(['a', 'b'])).toEqual(new Set(['a']));
      });
    }
  });
}

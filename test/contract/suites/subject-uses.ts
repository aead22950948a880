import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SubjectUseRecords, SubjectUses } from '../../../shared/ports/subject-uses.ts';
import type { ContractAdapter, OpenedAdapter } from '../contract-adapter.ts';

type Both = SubjectUses & SubjectUseRecords;
const [june, july] = ['2026-06', '2026-07'];

/** What every storage of the months in which subjects were seen promises. */
export function subjectUsesContract(adapter: ContractAdapter<Both>): void {
  describe(`subject uses: ${adapter.name}`, () => {
    let opened: OpenedAdapter<Both>;
    let uses: Both;
    beforeEach(async () => {
      opened = await adapter.open();
      uses = opened.port;
    });
    afterEach(() => opened.close());

    const sorted = async (ids: Promise<string[]>) => (await ids).sort();

    test('finds who was seen in a month, each once, and among some', async () => {
      await uses.mark(june, ['jane', 'joe']);
      await uses.mark(june, ['jane', 'jim']);
      await uses.mark(july, ['jane']);
      await uses.mark(july, []);
      expect(await sorted(uses.seenIn(june, 10))).toEqual(['jane', 'jim', 'joe']);
      expect(await uses.seenIn(july, 10)).toEqual(['jane']);
      expect(await uses.seenIn('2026-08', 10)).toEqual([]);
      expect(await uses.amongSeenIn(july, ['joe', 'jane', 'nobody'])).toEqual(new Set(['jane']));
      expect(await uses.amongSeenIn(july, [])).toEqual(new Set());
    });

    test('answers no more than asked for', async () => {
      await uses.mark(
        june,
        Array.from({ length: 20 }, (_, at) => `person-${at}`),
      );
      expect(new Set(await uses.seenIn(june, 3)).size).toBe(3);
      expect(await uses.seenIn(june, 100)).toHaveLength(20);
    });

    test('forgets what it is told of one month, and takes it again', async () => {
      await uses.mark(june, ['jane', 'joe']);
      await uses.mark(july, ['jane']);
      await uses.forget(june, ['jane', 'nobody']);
      expect([await uses.seenIn(june, 10), await uses.seenIn(july, 10)]).toEqual([['joe'], ['jane']]);
      await uses.mark(june, ['jane']);
      expect(await sorted(uses.seenIn(june, 10))).toEqual(['jane', 'joe']);
    });

    test('takes the same mark from many at once', async () => {
      await Promise.all(Array.from({ length: 10 }, () => uses.mark(june, ['jane'])));
      expect(await uses.seenIn(june, 10)).toEqual(['jane']);
    });

    if (adapter.survivesRestart) {
      test('keeps marks over a restart', async () => {
        await uses.mark(june, ['jane']);
        uses = await opened.reopen();
        expect(await uses.seenIn(june, 10)).toEqual(['jane']);
      });
    }
  });
}

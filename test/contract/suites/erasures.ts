import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Erasure, Erasures } from '../../../shared/ports/erasures.ts';
import type { ContractAdapter, OpenedAdapter } from '../contract-adapter.ts';

/** What every storage of erasures promises. */
export function erasuresContract(adapter: ContractAdapter<Erasures>): void {
  describe(`erasures: ${adapter.name}`, () => {
    let opened: OpenedAdapter<Erasures>;
    let erasures: Erasures;
    beforeEach(async () => {
      opened = await adapter.open();
      erasures = opened.port;
    });
    afterEach(() => opened.close());

    const erasure = (id: string, named = 0): Erasure => ({
      id,
      startedAtMillis: 1_000,
      acknowledged: { ranking: 2_000 },
      erasedAtMillis: 2_000,
      cutoffMillis: 3_000,
      unreadableFromMillis: 4_000,
      named,
      keysDestroyed: 1,
      sourcesErased: 2,
      sourcesShared: 3,
      rows: { what: 'unlink', pseudonyms: 4 },
    });

    test('finds each by its id, as it was saved last', async () => {
      expect(await erasures.find('a')).toBeUndefined();
      const first = await erasures.save(erasure('a'), undefined);
      await erasures.save(erasure('b'), undefined);
      const second = await erasures.save(erasure('a', 7), first);
      expect(second).not.toBe(first);
      expect(await erasures.find('a')).toEqual({ erasure: erasure('a', 7), version: second });
      expect(await erasures.find('b')).toMatchObject({ erasure: erasure('b') });
    });

    test('of two that go on with one, one has it', async () => {
      const version = await erasures.save(erasure('a'), undefined);
      expect(await erasures.save(erasure('a', 1), undefined)).toBe('changed');
      const answers = await Promise.all([1, 2].map((named) => erasures.save(erasure('a', named), version)));
      expect(answers.filter((answer) => answer === 'changed')).toHaveLength(1);
      const winner = answers.findIndex((answer) => answer !== 'changed') + 1;
      expect((await erasures.find('a'))?.erasure.named).toBe(winner);
      expect(await erasures.save(erasure('c'), version)).toBe('changed');
    });

    if (adapter.survivesRestart) {
      test('keeps them over a restart', async () => {
        await erasures.save(erasure('a', 3), undefined);
        erasures = await opened.reopen();
        expect((await erasures.find('a'))?.erasure).toEqual(erasure('a', 3));
      });
    }
  });
}

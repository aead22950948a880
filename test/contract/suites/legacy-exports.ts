import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LegacyExports } from '../../../shared/ports/legacy-exports.ts';
import type { ContractAdapter, OpenedAdapter } from '../contract-adapter.ts';

/** How long a state is kept at least. */
const exportDays = 730;

/** What every storage of checkpoints promises. */
export function legacyExportsContract(adapter: ContractAdapter<LegacyExports>): void {
  describe(`legacy exports: ${adapter.name}`, () => {
    let opened: OpenedAdapter<LegacyExports>;
    let exports: LegacyExports;
    beforeEach(async () => {
      opened = await adapter.open();
      exports = opened.port;
    });
    afterEach(() => opened.close());

    const [key, other] = ['a'.repeat(64), 'b'.repeat(64)];
    const state = { object: 'tv/one.tsv', checkpoint: { toldTo: 5, names: ['a', 'ü'] }, counts: { accepted: 3 } };

    test('there is nothing until it is saved, and then it is as it was saved, for its key alone', async () => {
      expect(await exports.find(key)).toBeUndefined();
      const version = await exports.save(key, state, { version: undefined, atMillis: 0 });
      expect(await exports.find(key)).toEqual({ state, version });
      expect(await exports.find(other)).toBeUndefined();
      const next = await exports.save(key, { ...state, object: 'x' }, { version, atMillis: 1 });
      expect(await exports.find(key)).toEqual({ state: { ...state, object: 'x' }, version: next });
    });

    test('of several that go on with one file one does', async () => {
      const version = await exports.save(key, state, { version: undefined, atMillis: 0 });
      const answers = await Promise.all([1, 2, 3].map((at) => exports.save(key, { at }, { version, atMillis: 1 })));
      expect(answers.filter((answer) => answer !== 'changed')).toHaveLength(1);
      expect(await exports.save(key, { late: true }, { version: undefined, atMillis: 2 })).toBe('changed');
      expect((await exports.find(key))?.state).toEqual({ at: answers.findIndex((answer) => answer !== 'changed') + 1 });
    });

    test('all are listed as they were saved last', async () => {
      expect(await exports.list()).toEqual([]);
      const version = await exports.save(key, state, { version: undefined, atMillis: 0 });
      await exports.save(other, { at: 2 }, { version: undefined, atMillis: 0 });
      await exports.save(key, { at: 1 }, { version, atMillis: 1 });
      const listed = await exports.list();
      expect(listed.toSorted((one, two) => Number(one['at']) - Number(two['at']))).toEqual([{ at: 1 }, { at: 2 }]);
    });

    test('none is forgotten before its days are over, counted from when it was saved last', async () => {
      const version = await exports.save(key, state, { version: undefined, atMillis: 0 });
      await exports.save(key, state, { version, atMillis: 1_000 });
      await exports.save(other, state, { version: undefined, atMillis: exportDays * 86_400_000 + 1_000 });
      expect((await exports.find(key))?.state).toEqual(state);
    });

    if (adapter.survivesRestart) {
      test('is kept across a restart', async () => {
        const version = await exports.save(key, state, { version: undefined, atMillis: 0 });
        exports = await opened.reopen();
        expect(await exports.find(key)).toEqual({ state, version });
      });
    }
  });
}

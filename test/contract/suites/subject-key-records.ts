import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type {
  StoredKey,
  SubjectKeyErasures,
  SubjectKeyRecords,
  SubjectObjections,
} from '../../../shared/ports/subject-key-records.ts';
import { bytes, type ContractAdapter, type OpenedAdapter, text } from '../contract-adapter.ts';

type Keys = SubjectKeyRecords & SubjectKeyErasures & SubjectObjections;

/** The keyset that is stored; a tombstone by its generation. */
function told(stored: StoredKey | undefined): string | number | undefined {
  return stored?.kind === 'tombstone' ? stored.generation : text(stored?.encryptedKeyset);
}

/** What every storage of subject keys promises. */
export function subjectKeyRecordsContract(adapter: ContractAdapter<Keys>): void {
  describe(`subject key records: ${adapter.name}`, () => {
    let opened: OpenedAdapter<Keys>;
    let records: Keys;
    beforeEach(async () => {
      opened = await adapter.open();
      records = opened.port;
    });
    afterEach(() => opened.close());

    const recordOf = (id: string, keyset: string) => ({ id, encryptedKeyset: bytes(keyset) });

    test('reads in the order of the ids, absent ones too', async () => {
      await records.createMissing([recordOf('a', 'key a'), recordOf('b', 'key b')]);
      const answer = await records.read(['b', 'missing', 'a', 'a']);
      expect(answer.map(told)).toEqual(['key b', undefined, 'key a', 'key a']);
      expect(await records.read([])).toEqual([]);
    });

    test('never replaces a key, and answers with what is stored', async () => {
      await records.createMissing([recordOf('a', 'first')]);
      const answer = await records.createMissing([recordOf('b', 'new'), recordOf('a', 'second')]);
      expect(answer.map(told)).toEqual(['new', 'first']);
      expect((await records.read(['a', 'b'])).map(told)).toEqual(['first', 'new']);
    });

    test('stores the first key of an id that comes twice in one call', async () => {
      const answer = await records.createMissing([recordOf('a', 'first'), recordOf('a', 'second')]);
      expect(answer.map(told)).toEqual(['first', 'first']);
    });

    test('gives racing callers the same key', async () => {
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, caller) =>
          records.createMissing([recordOf('shared', `key of ${caller}`), recordOf(`own-${caller}`, `${caller}`)]),
        ),
      );
      const shared = new Set(answers.map(([first]) => told(first)));
      expect(shared.size).toBe(1);
      expect(answers.map(([, second]) => told(second))).toEqual(Array.from({ length: 20 }, (_, i) => `${i}`));
      expect(shared).toContain(told((await records.read(['shared']))[0]));
    });

    test('shares no memory with its caller', async () => {
      const keyset = bytes('secret');
      const created = await records.createMissing([{ id: 'a', encryptedKeyset: keyset }]);
      keyset.fill(0);
      for (const [stored] of [created, await records.read(['a'])])
        if (stored?.kind === 'keyset') stored.encryptedKeyset.fill(1);
      expect((await records.read(['a'])).map(told)).toEqual(['secret']);
    });

    describe('an objection', () => {
      const objected = async (id: string) => (await records.read([id]))[0]?.objections;

      test('is beside the key, whose bytes stay, until it is withdrawn, which keeps its end', async () => {
        await records.createMissing([recordOf('a-0', 'key of a'), recordOf('b-0', 'key of b')]);
        expect(await records.changeObjections(['a-0'], { kind: 'object', fromMillis: 1_000 })).toBe(1);
        expect(await objected('a-0')).toEqual([{ fromMillis: 1_000 }]);
        expect(await objected('b-0')).toBeUndefined();
        const [stored] = await records.createMissing([recordOf('a-0', 'late')]);
        expect([told(stored), stored?.objections]).toEqual(['key of a', [{ fromMillis: 1_000 }]]);
        expect(await records.changeObjections(['a-0'], { kind: 'object', fromMillis: 2_000 })).toBe(0);
        expect(await records.changeObjections(['b-0', 'a-0'], { kind: 'withdraw', untilMillis: 3_000 })).toBe(1);
        expect(await objected('a-0')).toEqual([{ fromMillis: 1_000, untilMillis: 3_000 }]);
        expect(await records.changeObjections(['a-0'], { kind: 'object', fromMillis: 4_000 })).toBe(1);
        expect(await objected('a-0')).toEqual([{ fromMillis: 1_000, untilMillis: 3_000 }, { fromMillis: 4_000 }]);
      });

      test('of a subject that was never seen leaves a tombstone that covers nothing', async () => {
        expect(await records.changeObjections(['n-0'], { kind: 'withdraw', untilMillis: 1 })).toBe(0);
        expect(await records.read(['n-0'])).toEqual([undefined]);
        await records.changeObjections(['n-0'], { kind: 'object', fromMillis: 1_000 });
        const tombstone = { kind: 'tombstone', generation: 1, cutoffMillis: 0, erasedAtMillis: 0 };
        const objections = [{ fromMillis: 1_000 }];
        expect(await records.createMissing([recordOf('n-0', 'late')])).toEqual([{ ...tombstone, objections }]);
      });

      test('stays when its subject is erased, once and again, in the first record alone', async () => {
        const idOf = (generation: number) => `o-${generation}`;
        await records.createMissing([recordOf('o-0', 'key'), recordOf('p-0', 'key')]);
        await records.changeObjections(['o-0'], { kind: 'object', fromMillis: 1_000 });
        for (const generation of [1, 2]) {
          const [erased] = await records.erase([{ idOf }], { erasedAtMillis: 2_000, cutoffMillis: 2_500 });
          expect(erased?.tombstone).toMatchObject({ generation, objections: [{ fromMillis: 1_000 }] });
          expect(await objected('o-0')).toEqual([{ fromMillis: 1_000 }]);
        }
        expect((await records.read(['o-1']))[0]).toEqual({
          kind: 'tombstone',
          generation: 2,
          cutoffMillis: 2_500,
          erasedAtMillis: 2_000,
        });
      });
    });

    describe('an erasure', () => {
      const ids = (person: string) => ({ idOf: (generation: number) => `${person}-${generation}` });
      const times = (millis: number) => ({ erasedAtMillis: millis, cutoffMillis: millis + 500 });
      const stored = async (...of: string[]) => (await records.read(of)).map(told);

      test('destroys the key, and leaves a tombstone that no late create replaces', async () => {
        await records.createMissing([recordOf('a-0', 'key of a'), recordOf('b-0', 'key of b')]);
        const [erased] = await records.erase([ids('a')], times(1_000));
        const tombstone = { kind: 'tombstone', generation: 1, cutoffMillis: 1_500, erasedAtMillis: 1_000 };
        expect(erased).toEqual({ hadKey: true, tombstone });
        expect(await records.createMissing([recordOf('a-0', 'late')])).toEqual([tombstone]);
        expect(await records.read(['a-0'])).toEqual([tombstone]);
        expect(await stored('b-0')).toEqual(['key of b']);
      });

      test('of a subject that was never seen leaves one too', async () => {
        expect(await records.erase([ids('a')], times(1_000))).toMatchObject([{ hadKey: false }]);
        expect((await records.createMissing([recordOf('a-0', 'late'), recordOf('a-1', 'new')])).map(told)).toEqual([
          1,
          'new',
        ]);
      });

      test('ends the key of today, and its times never move back', async () => {
        await records.createMissing([recordOf('a-0', 'first')]);
        await records.erase([ids('a')], times(5_000));
        await records.createMissing([recordOf('a-1', 'second')]);
        const [again] = await records.erase([ids('a')], times(4_000));
        expect(again).toMatchObject({ hadKey: true, tombstone: { generation: 2, cutoffMillis: 5_500 } });
        expect(again?.tombstone.erasedAtMillis).toBe(5_000);
        // Nobody has made a key of generation 2; one that is on its way is ended with it.
        expect(await records.erase([ids('a')], times(6_000))).toMatchObject([{ hadKey: false }]);
        expect(await stored('a-0', 'a-1', 'a-2', 'a-3')).toEqual([3, 2, 3, undefined]);
        expect((await records.createMissing([recordOf('a-2', 'late')])).map(told)).toEqual([3]);
      });

      test('of many at once, new and old', async () => {
        const people = Array.from({ length: 40 }, (_, at) => ids(`p${at}`));
        await records.erase(people.slice(0, 20), times(1_000));
        await records.createMissing([recordOf('p0-1', 'key'), recordOf('p30-0', 'key')]);
        const erased = await records.erase(people, times(2_000));
        expect(erased.flatMap(({ hadKey }, at) => (hadKey ? [at] : []))).toEqual([0, 30]);
        expect(erased.map(({ tombstone }) => tombstone.generation)).toEqual([
          ...Array(20).fill(2),
          ...Array(20).fill(1),
        ]);
        expect(await records.erase([], times(3_000))).toEqual([]);
      });

      test('and a stage that makes the key at the same time agree', async () => {
        const answers = await Promise.all([
          ...Array.from({ length: 8 }, (_, at) => records.createMissing([recordOf('a-0', `key ${at}`)])),
          records.erase([ids('a')], times(1_000)),
        ]);
        expect(answers).toHaveLength(9);
        expect(await stored('a-0')).toEqual([1]);
      });

      test('races with another: both end a generation', async () => {
        await Promise.all([1, 2, 3].map((at) => records.erase([ids('a')], times(at * 1_000))));
        expect(await records.read(['a-0'])).toMatchObject([{ generation: 3, cutoffMillis: 3_500 }]);
        expect(await stored('a-1', 'a-2', 'a-3')).toEqual([expect.any(Number), expect.any(Number), undefined]);
      });
    });

    if (adapter.survivesRestart) {
      test('keeps tombstones over a restart', async () => {
        await records.erase([{ idOf: (generation) => `a-${generation}` }], { erasedAtMillis: 1, cutoffMillis: 2 });
        records = await opened.reopen();
        expect((await records.createMissing([recordOf('a-0', 'late')])).map(told)).toEqual([1]);
      });

      test('keeps keys over a restart', async () => {
        await records.createMissing([recordOf('a', 'key')]);
        records = await opened.reopen();
        expect((await records.createMissing([recordOf('a', 'other')])).map(told)).toEqual(['key']);
      });
    }
  });
}

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SubjectKeyRecords } from '../../../shared/ports/subject-key-records.ts';
import { bytes, type ContractAdapter, type OpenedAdapter, text } from '../contract-adapter.ts';

/** What every storage of subject keys promises. */
export function subjectKeyRecordsContract(adapter: ContractAdapter<SubjectKeyRecords>): void {
  describe(`subject key records: ${adapter.name}`, () => {
    let opened: OpenedAdapter<SubjectKeyRecords>;
    let records: SubjectKeyRecords;
    beforeEach(async () => {
      opened = await adapter.open();
      records = opened.port;
    });
    afterEach(() => opened.close());

    const recordOf = (id: string, keyset: string) => ({ id, encryptedKeyset: bytes(keyset) });

    test('reads in the order of the ids, absent ones too', async () => {
      await records.createMissing([recordOf('a', 'key a'), recordOf('b', 'key b')]);
      const answer = await records.read(['b', 'missing', 'a', 'a']);
      expect(answer.map(text)).toEqual(['key b', undefined, 'key a', 'key a']);
      expect(await records.read([])).toEqual([]);
    });

    test('never replaces a key, and answers with what is stored', async () => {
      await records.createMissing([recordOf('a', 'first')]);
      const answer = await records.createMissing([recordOf('b', 'new'), recordOf('a', 'second')]);
      expect(answer.map(text)).toEqual(['new', 'first']);
      expect((await records.read(['a', 'b'])).map(text)).toEqual(['first', 'new']);
    });

    test('stores the first key of an id that comes twice in one call', async () => {
      const answer = await records.createMissing([recordOf('a', 'first'), recordOf('a', 'second')]);
      expect(answer.map(text)).toEqual(['first', 'first']);
    });

    test('gives racing callers the same key', async () => {
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, caller) =>
          records.createMissing([recordOf('shared', `key of ${caller}`), recordOf(`own-${caller}`, `${caller}`)]),
        ),
      );
      const shared = new Set(answers.map(([first]) => text(first)));
      expect(shared.size).toBe(1);
      expect(answers.map(([, second]) => text(second))).toEqual(Array.from({ length: 20 }, (_, i) => `${i}`));
      expect(shared).toContain(text((await records.read(['shared']))[0]));
    });

    test('shares no memory with its caller', async () => {
      const keyset = bytes('secret');
      const created = await records.createMissing([{ id: 'a', encryptedKeyset: keyset }]);
      keyset.fill(0);
      created[0]?.fill(1);
      (await records.read(['a']))[0]?.fill(2);
      expect((await records.read(['a'])).map(text)).toEqual(['secret']);
    });

    if (adapter.survivesRestart) {
      test('keeps keys over a restart', async () => {
        await records.createMissing([recordOf('a', 'key')]);
        records = await opened.reopen();
        expect((await records.createMissing([recordOf('a', 'other')])).map(text)).toEqual(['key']);
      });
    }
  });
}

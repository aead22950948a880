import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { WriteKeyRecord, WriteKeyRecords } from '../../../shared/ports/write-key-records.ts';
import type { ContractAdapter, OpenedAdapter } from '../contract-adapter.ts';

/** What every storage of write keys promises. */
export function writeKeyRecordsContract(adapter: ContractAdapter<WriteKeyRecords>): void {
  describe(`write key records: ${adapter.name}`, () => {
    let opened: OpenedAdapter<WriteKeyRecords>;
    let records: WriteKeyRecords;
    beforeEach(async () => {
      opened = await adapter.open();
      records = opened.port;
    });
    afterEach(() => opened.close());

    const recordOf = (digit: string, createdAtMillis = 1_000): WriteKeyRecord => ({
      keyId: digit.repeat(16),
      hash: digit.repeat(64),
      sdk: `sdk-${digit}`,
      createdAtMillis,
    });

    test('finds what was created, by its id alone', async () => {
      await records.create(recordOf('a', 1_234));
      expect(await records.find('a'.repeat(16))).toEqual(recordOf('a', 1_234));
      expect(await records.find('a'.repeat(15))).toBeUndefined();
      expect(await records.find('b'.repeat(16))).toBeUndefined();
    });

    test('takes an id once, and leaves the key alone that has it', async () => {
      await records.create(recordOf('a'));
      const other = { ...recordOf('a'), hash: 'f'.repeat(64), sdk: 'other' };
      await expect(records.create(other)).rejects.toThrow(RangeError);
      expect(await records.find('a'.repeat(16))).toEqual(recordOf('a'));
    });

    test('lists all keys, the oldest first', async () => {
      expect(await records.list()).toEqual([]);
      for (const [digit, createdAt] of [
        ['c', 3_000],
        ['a', 2_000],
        ['b', 1_000],
      ] as const) {
        await records.create(recordOf(digit, createdAt));
      }
      await records.revoke('a'.repeat(16), 9_000);
      expect(await records.list()).toEqual([
        recordOf('b', 1_000),
        { ...recordOf('a', 2_000), revokedAtMillis: 9_000 },
        recordOf('c', 3_000),
      ]);
    });

    test('revokes once, and keeps the time', async () => {
      await records.create(recordOf('a'));
      await records.create(recordOf('b'));
      expect(await records.revoke('a'.repeat(16), 5_000)).toBe('revoked');
      expect(await records.revoke('a'.repeat(16), 6_000)).toBe('already-revoked');
      expect(await records.revoke('c'.repeat(16), 6_000)).toBe('unknown');
      expect(await records.find('a'.repeat(16))).toEqual({ ...recordOf('a'), revokedAtMillis: 5_000 });
      expect(await records.find('b'.repeat(16))).toEqual(recordOf('b'));
      await expect(records.create(recordOf('a'))).rejects.toThrow(RangeError);
    });

    test('lets exactly one of many revocations be the one', async () => {
      await records.create(recordOf('a'));
      const outcomes = await Promise.all([1, 2, 3, 4, 5].map((nowMillis) => records.revoke('a'.repeat(16), nowMillis)));
      expect(outcomes.filter((outcome) => outcome === 'revoked')).toHaveLength(1);
    });

    if (adapter.survivesRestart) {
      test('keeps keys over a restart', async () => {
        await records.create(recordOf('a'));
        await records.revoke('a'.repeat(16), 5_000);
        records = await opened.reopen();
        expect(await records.find('a'.repeat(16))).toEqual({ ...recordOf('a'), revokedAtMillis: 5_000 });
      });
    }
  });
}

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SubjectSourceRecords, SubjectSources } from '../../../shared/ports/subject-sources.ts';
import type { ContractAdapter, OpenedAdapter } from '../contract-adapter.ts';

type Both = SubjectSources & SubjectSourceRecords;

/** What every storage of what subjects were seen with promises. */
export function subjectSourcesContract(adapter: ContractAdapter<Both>): void {
  describe(`subject sources: ${adapter.name}`, () => {
    let opened: OpenedAdapter<Both>;
    let records: Both;
    beforeEach(async () => {
      opened = await adapter.open();
      records = opened.port;
    });
    afterEach(() => opened.close());

    const pair = (subjectId: string, sourceId: string) => ({ subjectId, sourceId });
    const sorted = async (ids: Promise<string[]>) => (await ids).sort();

    test('finds either side, each pair once', async () => {
      await records.record([pair('jane', 'phone'), pair('jane', 'tablet'), pair('joe', 'tablet')]);
      await records.record([pair('jane', 'phone'), pair('jane', 'watch')]);
      expect(await sorted(records.sourcesOf('jane', 10))).toEqual(['phone', 'tablet', 'watch']);
      expect(await sorted(records.subjectsOf('tablet', 10))).toEqual(['jane', 'joe']);
      expect(await records.sourcesOf('phone', 10)).toEqual([]);
      expect(await records.subjectsOf('nothing', 10)).toEqual([]);
      await records.record([]);
    });

    test('answers no more than asked for', async () => {
      await records.record(Array.from({ length: 20 }, (_, at) => pair(`person-${at}`, 'relay')));
      expect(new Set(await records.subjectsOf('relay', 3)).size).toBe(3);
      expect(await records.subjectsOf('relay', 100)).toHaveLength(20);
    });

    test('forgets what it is told, and takes it again', async () => {
      await records.record([pair('jane', 'phone'), pair('joe', 'phone')]);
      await records.forget([pair('jane', 'phone'), pair('nobody', 'phone')]);
      expect(await records.sourcesOf('jane', 10)).toEqual([]);
      expect(await records.subjectsOf('phone', 10)).toEqual(['joe']);
      await records.record([pair('jane', 'phone')]);
      expect(await sorted(records.subjectsOf('phone', 10))).toEqual(['jane', 'joe']);
    });

    test('takes the same pair from many at once', async () => {
      await Promise.all(Array.from({ length: 10 }, () => records.record([pair('jane', 'phone')])));
      expect(await records.sourcesOf('jane', 10)).toEqual(['phone']);
      expect(await records.subjectsOf('phone', 10)).toEqual(['jane']);
    });

    if (adapter.survivesRestart) {
      test('keeps pairs over a restart', async () => {
        await records.record([pair('jane', 'phone')]);
        records = await opened.reopen();
        expect(await records.sourcesOf('jane', 10)).toEqual(['phone']);
      });
    }
  });
}

import { useMonth } from '../../shared/erasure/use-months.ts';
import type { SubjectUses } from '../../shared/ports/subject-uses.ts';
import { makeRecorded } from './recorded.ts';
import type { OpenRow } from './row.ts';
import type { SubjectCiphers } from './subject-keys.ts';

export interface SeenMonths {
  /**
   * Records that the people and installations of these rows were seen in this month, each once a month: who is in no month for
   * long is erased. Before a row goes out, so that nobody who is in use looks as if they were not. Rejects with `Unavailable`.
   */
  note(rows: readonly OpenRow[], ciphers: SubjectCiphers, nowMillis: number): Promise<void>;
}

/** `maxCached` subjects are remembered as recorded this month; what is forgotten is asked for again. */
export function makeSeenMonths(uses: SubjectUses, maxCached: number): SeenMonths {
  let recordedMonth = '';
  const recorded = makeRecorded(maxCached);

  return {
    async note(rows, ciphers, nowMillis) {
      const month = useMonth(nowMillis);
      if (month !== recordedMonth) recorded.clear();
      recordedMonth = month;
      const found = new Set<string>();
      for (const { owners, personalValues, moment } of rows) {
        for (const subject of [...owners, ...personalValues.map((value) => value.subject)]) {
          if (subject === undefined) continue;
          if (ciphers.objects(subject, moment)) continue;
          const cipher = ciphers.of(subject, moment);
          if (cipher.kind === 'cipher' && !recorded.has(cipher.firstId)) found.add(cipher.firstId);
        }
      }
      if (found.size === 0) return;
      await uses.mark(month, [...found]);
      // Another batch may have come over the end of the month meanwhile.
      if (recordedMonth === month) for (const id of found) recorded.add(id);
    },
  };
}

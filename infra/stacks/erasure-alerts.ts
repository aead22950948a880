import { type Alert, above, totalOfFiveMinutes } from './alert.ts';

/** The proof is made every six hours, so this is three that failed. Google takes 23.5 hours at most ("Metric absence"). */
const maxUnprovenSeconds = 82_800;

/** What is due is done within the hour, so this is several that failed; a sweep that is late has some days until its erasure is. */
const maxUnfinishedSeconds = 21_600;

/**
 * Of the functions prove-erasure and finish-erasures; `filterOf`: of the metric of a count. The second is enabled in every
 * environment, and tells of what the first tells at once.
 */
export function erasureAlerts(filterOf: (metric: string) => string): Alert[] {
  return [
    {
      id: 'erasure-unproven',
      title: 'the daily erasure is not proven',
      advice:
        'A synthetic person was erased, and something speaks against it: the line "the daily erasure is not proven" of ' +
        '`prove-erasure` says what. Until it is found, no erasure is to be relied on: look at the receipts of the last ones.',
      condition: above(filterOf('edi/erasure-unproven'), {
        threshold: 0,
        aligner: 'ALIGN_PERCENTILE_99',
        seconds: 0,
      }),
      severity: 'CRITICAL',
    },
    {
      id: 'erasure-proof-missing',
      title: 'no erasure was proven',
      advice:
        'No erasure of a synthetic person was proven for 23 hours, as it is every six. Look at the log of ' +
        '`prove-erasure`, at its schedule, and at the write key of `edi-proof`.',
      condition: {
        conditionAbsent: {
          filter: filterOf('edi/erasure-proven'),
          duration: `${maxUnprovenSeconds}s`,
          aggregations: totalOfFiveMinutes,
          trigger: { count: 1 },
        },
      },
      severity: 'ERROR',
      tellsOfLoss: true,
    },
    {
      id: 'erasures-wait',
      title: 'erasures are not finished',
      advice:
        'For 6 hours records of the quarantine, or rows, of people who are erased were not deleted or unlinked that were ' +
        'due: receipts wait. The lines of severity ERROR of `finish-erasures` say which table, and why; look at its schedule, ' +
        'too. The next hour does what is left; nothing has to be repeated by hand.',
      condition: {
        conditionAbsent: {
          filter: filterOf('edi/erasures-finished'),
          duration: `${maxUnfinishedSeconds}s`,
          aggregations: totalOfFiveMinutes,
          trigger: { count: 1 },
        },
      },
      severity: 'ERROR',
    },
  ];
}

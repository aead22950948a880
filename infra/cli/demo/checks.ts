import { brokenBody } from './broken-events.ts';
import type { QuarantineCounts, TypeCounts } from './counts.ts';
import type { LegacyResult } from './legacy-file.ts';
import type { DemoPlan } from './plan.ts';
import { type AnsweredQuestion, countedEvents } from './questions.ts';
import { requestsOf, type SendTotals } from './send-plan.ts';

/** One count, as it was found and as it has to be. */
export interface Check {
  readonly what: string;
  readonly expected: number;
  readonly actual: number;
}

export interface DemoResult {
  readonly plan: DemoPlan;
  readonly totals: SendTotals;
  readonly types: readonly TypeCounts[];
  readonly quarantine: readonly QuarantineCounts[];
  readonly questions: readonly AnsweredQuestion[];
  readonly legacy: LegacyResult;
}

/** Every count of a demo beside what the demo knows that it sent. */
export function checksOf({ plan, totals, types, quarantine, questions, legacy }: DemoResult): Check[] {
  const requests = requestsOf(plan);
  const expectedOf = (count: (request: (typeof requests)[number]['expected']) => number) =>
    requests.reduce((sum, { expected }) => sum + count(expected), 0);
  const accepted = expectedOf((expected) => expected.accepted);
  const eventsOfType = countBy(plan.unique.map(({ type }) => type));
  const brokenByReason = countBy(plan.broken.map(({ reason }) => reason));
  const baseRows = types.reduce((sum, counts) => sum + counts.passedDedup, 0);
  return [
    { what: 'requests answered as expected', expected: requests.length, actual: totals.asExpected },
    { what: 'status of the request that is no JSON', expected: brokenBody.status, actual: totals.brokenBodyStatus },
    { what: 'accepted events', expected: accepted, actual: totals.accepted },
    {
      what: 'repeats inside a request',
      expected: expectedOf(({ duplicates }) => duplicates),
      actual: totals.duplicatesInRequest,
    },
    {
      what: 'accepted events removed as duplicates',
      expected: accepted - plan.unique.length,
      actual: totals.accepted - baseRows,
    },
    ...[...brokenByReason].map(([reason, expected]) => ({
      what: `rejected events with reason ${reason}`,
      expected,
      actual: totals.rejected[reason] ?? 0,
    })),
    {
      what: 'rejected events',
      expected: plan.broken.length,
      actual: Object.values(totals.rejected).reduce((sum, count) => sum + count, 0),
    },
    ...[...brokenByReason].map(([reason, expected]) => ({
      what: `events in quarantine with reason ${reason}`,
      expected,
      actual: quarantine.find((counts) => counts.reason === reason)?.events ?? 0,
    })),
    ...[...eventsOfType].flatMap(([type, expected]) => {
      const counts = types.find((found) => found.type === type);
      return [
        { what: `rows of ${type} in the exact view`, expected, actual: counts?.exactRows ?? 0 },
        { what: `rows of ${type} in the base table`, expected, actual: counts?.passedDedup ?? 0 },
      ];
    }),
    ...questions.map((question) => ({
      what: `events in the answer to "${question.question}"`,
      expected: plan.unique.filter(({ type }) => type.startsWith(question.counted.typePrefix)).length,
      actual: countedEvents(question),
    })),
    ...legacyChecks(legacy),
  ];
}

/** Of the legacy file, which is exported several times and counts once. */
function legacyChecks({ file, exports, totals, rows, quarantined }: LegacyResult): Check[] {
  return [
    { what: 'records read of the legacy file', expected: exports * file.records, actual: totals.records },
    { what: 'accepted events of the legacy file', expected: exports * file.plays, actual: totals.accepted },
    { what: 'records of the legacy file that are left out', expected: exports * file.skipped, actual: totals.skipped },
    { what: 'rows of the legacy file in the exact view', expected: file.plays, actual: rows },
    { what: 'bad records of the legacy file in quarantine', expected: file.bad, actual: quarantined },
  ];
}

function countBy(values: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

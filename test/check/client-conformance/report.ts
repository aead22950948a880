import { faults, isFaultless, type Report } from './kit.ts';
import type { ScenarioResult } from './run-scenario.ts';

/** A line of progress. */
export function describeResult(result: ScenarioResult): string {
  const found = faults.filter((fault) => result[fault] > 0).map((fault) => `${fault} ${result[fault]}`);
  const died = result.died === undefined ? [] : [result.died.split('\n', 1)[0] ?? ''];
  const verdict = isFaultless(result) ? 'passes' : [...found, ...died].join(', ');
  return `${result.scenario}: ${verdict} (${(result.millis / 1_000).toFixed(1)} s)`;
}

/** The report as a table in Markdown. */
export function reportTable({ client, results, leftOut, isPassed }: Report): string {
  const columns = [...faults, 'died', 'dropped', 'reordered', 'repeats', 'requests'] as const;
  const cells = (result: ScenarioResult) =>
    columns.map((column) => (column === 'died' ? (result.died === undefined ? '' : 'yes') : result[column] || ''));
  const rows = results.map((result) => [result.scenario, ...cells(result)]);
  const passed = results.filter(isFaultless).length;
  return [
    `${client}: passes ${passed} of ${results.length}${isPassed ? '' : ', and so does not pass'}`,
    ...(leftOut.length === 0 ? [] : [`not for a client that takes any 200: ${leftOut.join(', ')}`]),
    '',
    ...[['scenario', ...columns], ['---', ...columns.map(() => '--:')], ...rows].map((row) => `| ${row.join(' | ')} |`),
    '',
  ].join('\n');
}

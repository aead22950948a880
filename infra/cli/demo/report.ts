import { formatRows } from '../../../shared/adapters/embedded/duckdb/format.ts';
import { rowObjects } from '../../../shared/adapters/embedded/duckdb/row-objects.ts';
import type { JsonObject, JsonValue } from '../../../shared/event/json.ts';
import { brokenBody } from './broken-events.ts';
import { type Check, checksOf, type DemoResult } from './checks.ts';
import type { DemoRun } from './run.ts';
import { requestsOf } from './send-plan.ts';

export interface DemoReport extends DemoResult {
  readonly run: DemoRun;
  readonly url: string;
  /** Whether the deployment was started for this demo and is gone afterwards. */
  readonly ownDeployment: boolean;
  /** Example payloads that were left out because their events would be larger than ingest takes. */
  readonly tooLarge: number;
}

/** The checks that failed. */
export function countsThatAreOff(report: DemoReport): Check[] {
  return checksOf(report).filter(({ expected, actual }) => expected !== actual);
}

/** The report as one JSON object. */
export function reportJson(report: DemoReport): JsonObject {
  const { plan, totals, types } = report;
  return {
    ok: countsThatAreOff(report).length === 0,
    url: report.url,
    ownDeployment: report.ownDeployment,
    run: { idPrefix: report.run.idPrefix, startedAt: new Date(report.run.startMillis).toISOString() },
    sent: { ...sentOf(report), leftOutTooLarge: report.tooLarge },
    answered: {
      accepted: totals.accepted,
      duplicatesInRequest: totals.duplicatesInRequest,
      rejected: { ...totals.rejected },
      brokenBodyStatus: totals.brokenBodyStatus,
      retries: totals.retries,
    },
    removedAsDuplicates: totals.accepted - passedDedup(report),
    tables: types.map((counts) => ({ ...counts })),
    quarantine: report.quarantine.map((counts) => ({ ...counts })),
    legacy: legacyJson(report),
    brokenEvents: plan.broken.map(({ what, reason }) => ({ what, reason })),
    questions: report.questions.map(({ question, sql, result }) => ({ question, sql, rows: rowObjects(result) })),
    checks: checksOf(report).map((check) => ({ ...check })),
  };
}

function legacyJson({ legacy: { file, exports, totals, rows, quarantined } }: DemoReport): JsonObject {
  const { text: _, ...expected } = file;
  return { file: expected, exports, totals: { ...totals }, rows, quarantined };
}

/** The report for a terminal. */
export function reportText(report: DemoReport): string {
  const { plan, totals } = report;
  const sent = sentOf(report);
  const off = countsThatAreOff(report);
  const sections = [
    `deployment ${report.url}${report.ownDeployment ? ' (started for this demo; it and its data are gone now)' : ''}`,
    `events of this run: event_id LIKE '${report.run.idPrefix}%'`,
    '',
    `sent      ${sent.uniqueEvents} events in ${sent.requests} requests, ${sent.copies} times altogether: all of them again, since every first answer was lost on its way; some a third time`,
    `          ${plan.broken.length} broken events and 1 request that is no JSON`,
    ...(report.tooLarge > 0 ? [`          (${report.tooLarge} example payloads are too large and were left out)`] : []),
    `accepted  ${totals.accepted}; repeated inside a request ${totals.duplicatesInRequest}; sent again after 429, 503 or no answer: ${totals.retries} requests`,
    `removed   ${totals.accepted - passedDedup(report)} accepted events as duplicates`,
    `rejected  ${reasons(totals.rejected)}; the request that is no JSON: ${totals.brokenBodyStatus}`,
    legacyText(report),
    '',
    table(
      ['type', 'exact view', 'base table', 'passed dedup'],
      report.types.map(({ type, exactRows, baseRows, passedDedup: passed }) => [type, exactRows, baseRows, passed]),
    ),
    table(
      ['quarantined because', 'events'],
      report.quarantine.map(({ reason, events }) => [reason, events]),
    ),
    ...report.questions.map(
      ({ question, sql, result }) => `${question}\n\n${indent(sql)}\n\n${formatRows(result, 'table')}`,
    ),
    verdict(checksOf(report).length, off),
  ];
  return `${sections.join('\n')}\n`;
}

function legacyText({ legacy: { file, exports, totals, rows, quarantined } }: DemoReport): string {
  return (
    `legacy    a file of televisions (TSV) with ${file.records} records, exported ${exports} times: ${totals.accepted} events accepted, ` +
    `${rows} rows; ${totals.skipped / exports} records left out, ${quarantined} bad one in quarantine`
  );
}

/** What is off, one line each. */
export function offText(off: readonly Check[]): string {
  return off.map(({ what, expected, actual }) => `  ${what}: ${actual} instead of ${expected}`).join('\n');
}

function verdict(checks: number, off: readonly Check[]): string {
  if (off.length === 0) return `All ${checks} counts are what was sent.`;
  return `${off.length} of ${checks} counts are off.`;
}

function sentOf({ plan }: DemoReport) {
  const requests = requestsOf(plan);
  return {
    uniqueEvents: plan.unique.length,
    requests: requests.length,
    /** Every time that a valid event was in a request. */
    copies: requests.reduce((sum, { expected }) => sum + expected.accepted + expected.duplicates, 0),
    brokenEvents: plan.broken.length,
    brokenRequests: 1,
    brokenRequestStatus: brokenBody.status,
  };
}

function passedDedup({ types }: DemoReport): number {
  return types.reduce((sum, counts) => sum + counts.passedDedup, 0);
}

function reasons(rejected: Readonly<Record<string, number>>): string {
  return Object.entries(rejected)
    .map(([reason, count]) => `${count} ${reason}`)
    .join(', ');
}

function table(names: readonly string[], rows: readonly (readonly JsonValue[])[]): string {
  return formatRows(
    { kind: 'rows', columns: names.map((name) => ({ name, type: '' })), rows, truncated: false },
    'table',
  );
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
}

import type { JsonObject } from '../../../shared/event/json.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import { CliError } from '../cli-error.ts';
import { answerTo } from './door-checks.ts';
import { clearSource, refusalReason } from './events.ts';
import { type Finding, failed, notChecked, ok, type Smoke, TooLate, until } from './finding.ts';
import { baseRowsQuery, exactRowsQuery, freshnessOfType, prunedQueries, refusedQuery } from './questions.ts';

/** "From receipt to row within five minutes": what the objectives of an environment alert on. */
const maxFreshSeconds = 300;
/** The view's query runs every hour. */
const maxAnswerAgeMillis = 2 * 3_600_000;

export async function lookAtRows(smoke: Smoke): Promise<Finding> {
  const row = await rowOf(smoke, smoke.events.first.id);
  if (row instanceof TooLate) {
    return failed(`no row in the exact view: ${row.message}. "edi dead-letters list" and the logs say where it waits`);
  }
  if (Number(row['copies']) !== 1) return failed(`the exact view has ${String(row['copies'])} rows of one event`);
  if (row['source'] === clearSource) return failed('the row shows the source in the clear: it is not pseudonymized');
  return ok(`one row, ${secondsText(row['seconds'])} after its receipt`);
}

/** Of the resend is known that it was looked at, when the event that came in the same request has its row. */
export async function lookAtDedup(smoke: Smoke): Promise<Finding> {
  const { ports, events, startMillis } = smoke;
  const sent = await answerTo(ports, [events.first, events.beside], 'a resend');
  if (sent.outcome !== 'ok') return sent;
  const beside = await rowOf(smoke, events.beside.id);
  if (beside instanceof TooLate) return failed(`the event beside the resend has no row: ${beside.message}`);
  const ids = [events.first.id];
  const [exact] = await ports.rows(exactRowsQuery({ ids, timeMillis: startMillis }));
  const copies = Number(exact?.['copies'] ?? 0);
  if (copies !== 1) return failed(`the exact view has ${copies} rows of an event that was sent twice`);
  const base = await baseRowOf(smoke);
  if (typeof base === 'string') return ok(`one row in the exact view; the base table was not looked at: ${base}`);
  const [passed, marked] = [Number(base?.['passed'] ?? 0), Number(base?.['marked'] ?? 0)];
  if (passed > 1) return failed(`dedup let the resend through: the base table has ${passed} receipts of one event`);
  return ok(`one row in the exact view, and ${marked === 0 ? 'one' : `one and ${marked} marked`} in the base table`);
}

/** Why it cannot be read, as a text: people who query have no right to base tables. */
async function baseRowOf({ ports, events, startMillis }: Smoke): Promise<JsonObject | string | undefined> {
  try {
    return (await ports.rows(baseRowsQuery({ ids: [events.first.id], timeMillis: startMillis })))[0];
  } catch (error) {
    if (error instanceof CliError || error instanceof Unavailable) return error.message;
    throw error;
  }
}

/** The finding, and the record that was kept. */
export interface Kept {
  readonly finding: Finding;
  readonly recordKey?: string;
}

export async function lookAtQuarantine(smoke: Smoke): Promise<Kept> {
  const { ports, events } = smoke;
  const before = await newestRefused(smoke);
  const outcome = await ports.frontDoor.client(ports.key).sendEvents([events.refused]);
  if (outcome.kind !== 'answered') {
    return { finding: failed(outcome.kind === 'refused' ? outcome.detail : outcome.problem) };
  }
  const [rejected] = outcome.answer.rejected;
  if (rejected?.reason !== refusalReason) {
    const said = rejected === undefined ? 'accepted it' : `said "${rejected.reason}"`;
    return { finding: failed(`an event that breaks its schema has to be rejected as "schema"; ingest ${said}`) };
  }
  const sinceMicros = Number(before?.['received_micros'] ?? 0);
  const isNewer = (record: JsonObject | undefined) => Number(record?.['received_micros'] ?? 0) > sinceMicros;
  const record = await orLate(() =>
    until(smoke, async () => {
      const newest = await newestRefused(smoke);
      return isNewer(newest) ? newest : undefined;
    }),
  );
  if (record instanceof TooLate) return { finding: failed(`operations.quarantine has no row: ${record.message}`) };
  return { finding: ok(`rejected as "${refusalReason}", and kept`), recordKey: String(record['record_key']) };
}

async function newestRefused({ ports, startMillis }: Smoke): Promise<JsonObject | undefined> {
  return (await ports.rows(refusedQuery(startMillis)))[0];
}

export async function lookAtFreshness({ ports, events, startMillis }: Smoke): Promise<Finding> {
  await ports.computeFreshness?.();
  const ids = [events.first.id];
  const [own] = await ports.rows(exactRowsQuery({ ids, timeMillis: startMillis }));
  const took = `this test's row took ${secondsText(own?.['seconds'])}`;
  const [answer] = await ports.rows(freshnessOfType);
  const computedMillis = Number(answer?.['computed_micros'] ?? 0) / 1_000;
  if (Number(answer?.['answers'] ?? 0) === 0) {
    return notChecked(`operations.freshness has nothing of the type yet: run this again in an hour; ${took}`);
  }
  const computedAt = new Date(computedMillis).toISOString();
  if (ports.clock.nowMillis() - computedMillis > maxAnswerAgeMillis) {
    return notChecked(`operations.freshness is of ${computedAt}: run this again in an hour; ${took}`);
  }
  const p99 = Number(answer?.['p99_seconds']);
  const seen = `99 of 100 rows within ${secondsText(p99)} (${computedAt}); ${took}`;
  return p99 <= maxFreshSeconds ? ok(seen) : failed(`more than ${maxFreshSeconds} s: ${seen}`);
}

export async function lookAtPruning({ ports }: Smoke): Promise<Finding> {
  if (ports.dryRunBytes === undefined) return notChecked('nothing here tells what a query would read');
  const whole = await ports.dryRunBytes(prunedQueries.whole);
  const oneDay = await ports.dryRunBytes(prunedQueries.oneDay);
  const seen = `${oneDay} bytes of a day without events, ${whole} of the whole view (dry runs)`;
  if (whole === 0) {
    return notChecked(`BigQuery counts no bytes yet, as of rows that came minutes ago: run this again in two hours`);
  }
  return oneDay < whole ? ok(seen) : failed(`a filter on event_time reads as much as none: ${seen}`);
}

/** The event's row in the exact view, as soon as it is there. */
async function rowOf(smoke: Smoke, id: string): Promise<JsonObject | TooLate> {
  const query = exactRowsQuery({ ids: [id], timeMillis: smoke.startMillis });
  return orLate(() => until(smoke, async () => (await smoke.ports.rows(query))[0]));
}

async function orLate<T>(wait: () => Promise<T>): Promise<T | TooLate> {
  try {
    return await wait();
  } catch (error) {
    if (error instanceof TooLate) return error;
    throw error;
  }
}

function secondsText(value: unknown): string {
  const seconds = Number(value ?? Number.NaN);
  return Number.isFinite(seconds) ? `${seconds.toFixed(1)} s` : 'an unknown time';
}

import { defaultDedupConfig } from '../../../functions/dedup/config.ts';
import type { QuerySource } from '../../../shared/adapters/embedded/duckdb/database.ts';
import { runReadOnlyQuery } from '../../../shared/adapters/embedded/duckdb/query.ts';
import { rowObjects } from '../../../shared/adapters/embedded/duckdb/row-objects.ts';
import type { JsonObject, JsonValue } from '../../../shared/event/json.ts';
import type { Clock } from '../../../shared/ports/clock.ts';
import { stateDays, stateHours } from '../../catalog/state-section.ts';
import { completenessQuery } from '../../completeness/completeness-query.ts';
import { recentQuery } from '../../completeness/recent-query.ts';
import { duckDb } from '../../sql-dialect.ts';
import { makeSharedAnswers } from './shared-answers.ts';
import { readOf, type StoredType } from './stored-type.ts';

/** How complete a UTC day is, of all SDKs: counts of `operations.completeness`. */
interface DayState {
  readonly day: string;
  readonly received: number;
  readonly unnumbered: number;
  readonly refused: number;
  readonly lost: number;
  readonly unexplained: number;
}

/** How long rows of an hour of receipt took, in seconds; absent where there are none. */
interface HourState {
  /** Its start, ISO 8601. */
  readonly hour: string;
  readonly rows: number;
  readonly p50Seconds?: number;
  readonly p99Seconds?: number;
}

/** Of the last days and hours, each of them, the oldest first. */
export interface TypeState {
  readonly days: readonly DayState[];
  readonly hours: readonly HourState[];
  /** When the newest row was received, ISO 8601. */
  readonly newestReceived?: string;
}

export interface LiveTypeStateOptions {
  readonly warehouse: QuerySource;
  readonly clock: Clock;
  /** How old an answer may be that another page has caused. Default 15,000: it reads weeks of rows. */
  readonly maxAgeMillis?: number;
}

const [hourMillis, dayMillis] = [3_600_000, 86_400_000];
const limits = { maxRows: 10_000, timeoutMillis: 20_000 } as const;
const dialect = duckDb;

/**
 * The state of a type, by the statements of the cloud's schedules; nothing is written down. Undefined while the warehouse
 * cannot tell. However many pages ask, one answer serves all.
 */
export function makeLiveTypeState({ warehouse, clock, maxAgeMillis = 15_000 }: LiveTypeStateOptions) {
  return makeSharedAnswers({
    clock,
    maxAgeMillis,
    ask: (stored: StoredType, nowMillis) => readState(warehouse, stored, nowMillis),
    forgetsUntold: true,
  });
}

async function readState(
  warehouse: QuerySource,
  stored: StoredType,
  nowMillis: number,
): Promise<TypeState | undefined> {
  const types = readOf(stored);
  const asOf = dialect.timestamp(new Date(nowMillis).toISOString());
  const days = lastStarts(nowMillis, dayMillis, stateDays).map((start) => start.slice(0, 10));
  const span = { firstDay: `DATE '${days[0]}'`, lastDay: `DATE '${days.at(-1)}'` };
  const { lookBackDays } = defaultDedupConfig;
  const complete = await ask(warehouse, completenessQuery({ dialect, types, ...span, lookBackDays, asOf }));
  const fresh = await ask(
    warehouse,
    `SELECT is_total, ${dialect.micros('hour')} AS micros, ${dialect.micros('newest_received')} AS newest, row_count, p50_seconds, p99_seconds
FROM (${recentQuery({ dialect, types, hours: stateHours, asOf })}) AS recent WHERE row_count > 0`,
  );
  if (complete === undefined || fresh === undefined) return undefined;
  const newest = Math.max(...fresh.map((row) => Number(row['newest'])));
  return {
    days: days.map((day) => dayState(day, complete)),
    hours: lastStarts(nowMillis, hourMillis, stateHours).map((hour) => hourState(hour, fresh)),
    ...(fresh.length === 0 ? {} : { newestReceived: isoOf(newest) }),
  };
}

/** Starts of the current day or hour and of those before it, the oldest first, ISO 8601. */
function lastStarts(nowMillis: number, lengthMillis: number, count: number): string[] {
  const last = Math.floor(nowMillis / lengthMillis);
  return Array.from({ length: count }, (_, at) => new Date((last - count + 1 + at) * lengthMillis).toISOString());
}

function isoOf(micros: JsonValue | undefined): string {
  return new Date(Number(micros) / 1_000).toISOString();
}

function dayState(day: string, rows: readonly JsonObject[]): DayState {
  const own = rows.filter((row) => row['day'] === day);
  const sum = (name: string) => own.reduce((all, row) => all + Number(row[name]), 0);
  return {
    day,
    received: sum('received'),
    unnumbered: sum('unnumbered'),
    refused: sum('refused'),
    lost: sum('lost'),
    unexplained: sum('unexplained'),
  };
}

/** Of the slowest region, where there are several. */
function hourState(hour: string, rows: readonly JsonObject[]): HourState {
  const own = rows.filter((row) => Number(row['is_total']) === 0 && isoOf(row['micros']) === hour);
  if (own.length === 0) return { hour, rows: 0 };
  const most = (name: string) => Math.max(...own.map((row) => Number(row[name])));
  return {
    hour,
    rows: own.reduce((all, row) => all + Number(row['row_count']), 0),
    p50Seconds: most('p50_seconds'),
    p99Seconds: most('p99_seconds'),
  };
}

async function ask(warehouse: QuerySource, sql: string): Promise<JsonObject[] | undefined> {
  const outcome = await runReadOnlyQuery(warehouse, sql, limits);
  return outcome.kind === 'rows' ? rowObjects(outcome) : undefined;
}

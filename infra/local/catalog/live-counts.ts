import type { QuerySource } from '../../../shared/adapters/embedded/duckdb/database.ts';
import { runReadOnlyQuery } from '../../../shared/adapters/embedded/duckdb/query.ts';
import type { JsonValue } from '../../../shared/event/json.ts';
import { alphaSink } from '../../../shared/event-types/alpha.ts';
import { tableName } from '../../../shared/event-types/table.ts';
import type { Clock } from '../../../shared/ports/clock.ts';
import { heartbeatSdk } from '../../../shared/sdks/heartbeat.ts';
import { datasets, quarantineTable } from '../../naming.ts';

/** What happened to events of a type. */
interface TypeCounts {
  /** Rows that reached the base table; a redelivered one counts again. */
  rows: number;
  /** Events in quarantine, by reason; equal bytes of an SDK are one, however often they were kept. */
  rejected: Record<string, number>;
}

/** Counts of the last hour and nothing else: no value of an event. */
export interface LiveCounts {
  /** Of the types that had any. */
  readonly types: Readonly<Record<string, TypeCounts>>;
  /** Events in quarantine that name no type of the catalog, by reason. */
  readonly others: Readonly<Record<string, number>>;
}

export interface LiveCountsOptions {
  readonly warehouse: QuerySource;
  readonly clock: Clock;
  /** How old an answer may be that another page has caused. Default 1,000. */
  readonly maxAgeMillis?: number;
}

const windowMillis = 3_600_000;
/** A statement may be 64 KiB long; a table takes 400 bytes of it at most. */
const tablesPerQuery = 100;
const limits = { maxRows: 100_000, timeoutMillis: 5_000 } as const;

/** Counts of the types given; undefined while the warehouse cannot tell. However many pages ask, one answer serves all. */
export function makeLiveCounts({ warehouse, clock, maxAgeMillis = 1_000 }: LiveCountsOptions) {
  let last: Promise<LiveCounts | undefined> | undefined;
  let askedMillis = Number.NEGATIVE_INFINITY;
  let isRunning = false;

  return function liveCounts(types: readonly string[]): Promise<LiveCounts | undefined> {
    const nowMillis = clock.nowMillis();
    if (last !== undefined && (isRunning || nowMillis - askedMillis < maxAgeMillis)) return last;
    askedMillis = nowMillis;
    isRunning = true;
    last = countAll(warehouse, types, nowMillis - windowMillis).finally(() => {
      isRunning = false;
    });
    return last;
  };
}

async function countAll(
  warehouse: QuerySource,
  types: readonly string[],
  sinceMillis: number,
): Promise<LiveCounts | undefined> {
  const since = `TIMESTAMPTZ '${new Date(sinceMillis).toISOString()}'`;
  const tables = await ask(
    warehouse,
    `SELECT table_name FROM duckdb_tables() WHERE schema_name = '${datasets.raw}' AND estimated_size > 0`,
  );
  const quarantined = await ask(
    warehouse,
    `SELECT type, reason, sum(events)::INTEGER FROM (
       SELECT type, reason, record_key, max(events) AS events FROM ${datasets.operations}.${quarantineTable}
       WHERE received_time >= ${since} GROUP BY ALL
     ) GROUP BY ALL ORDER BY ALL`,
  );
  if (tables === undefined || quarantined === undefined) return undefined;
  // DuckDB counts a table's rows as it writes them; of a thousand types most have none.
  const filled = new Set(tables.map(([name]) => name));
  const counted = types.filter((type) => filled.has(tableName(type)));
  const counts: Record<string, TypeCounts> = {};
  const of = (type: string) => {
    counts[type] ??= { rows: 0, rejected: {} };
    return counts[type];
  };
  for (let from = 0; from < counted.length; from += tablesPerQuery) {
    const sql = rowsSql(counted.slice(from, from + tablesPerQuery), since);
    const rows = await ask(warehouse, sql);
    if (rows === undefined) return undefined;
    for (const [type, count] of rows) if (Number(count) > 0) of(String(type)).rows = Number(count);
  }
  const known = new Set(types);
  if (filled.has(alphaSink)) {
    const rows = await ask(warehouse, alphaSql(since));
    if (rows === undefined) return undefined;
    for (const [type, count] of rows) if (known.has(String(type))) of(String(type)).rows += Number(count);
  }
  const others: Record<string, number> = {};
  for (const [type, reason, count] of quarantined) {
    const rejected = typeof type === 'string' && known.has(type) ? of(type).rejected : others;
    rejected[String(reason)] = (rejected[String(reason)] ?? 0) + Number(count);
  }
  return { types: counts, others };
}

/** Types and tables fit their grammar, so neither needs quoting. */
function rowsSql(types: readonly string[], since: string): string {
  return types
    .map(
      (type) => `SELECT '${type}', count(*)::INTEGER FROM ${datasets.raw}.${tableName(type)} WHERE ${isCounted(since)}`,
    )
    .join(' UNION ALL ');
}

/** Rows of types in alpha, and of those that were in alpha within the hour. */
function alphaSql(since: string): string {
  return `SELECT type, count(*)::INTEGER FROM ${datasets.raw}.${alphaSink} WHERE ${isCounted(since)} GROUP BY type`;
}

/** Heartbeats are nobody's events. */
function isCounted(since: string): string {
  return `received_time >= ${since} AND sdk <> '${heartbeatSdk}'`;
}

async function ask(warehouse: QuerySource, sql: string): Promise<readonly (readonly JsonValue[])[] | undefined> {
  const outcome = await runReadOnlyQuery(warehouse, sql, limits);
  return outcome.kind === 'rows' ? outcome.rows : undefined;
}

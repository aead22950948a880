import type { QuerySource } from '../../shared/adapters/embedded/duckdb/database.ts';
import { runReadOnlyQuery } from '../../shared/adapters/embedded/duckdb/query.ts';
import { rowObjects } from '../../shared/adapters/embedded/duckdb/row-objects.ts';
import { parseEventTypeName } from '../../shared/event/event-type-name.ts';
import { isJsonObject, type JsonValue, readJson } from '../../shared/event/json.ts';
import { alphaSink } from '../../shared/event-types/alpha.ts';
import { tableName } from '../../shared/event-types/table.ts';
import { datasets, quarantineTable } from '../naming.ts';
import type { LiveRow } from './live-feed.ts';
import { maxTailHistory, type TailHistoryRequest } from './tail-request.ts';

const limits = { timeoutMillis: 10_000 } as const;

/** Reads `?last=&type=&rejected=`; undefined where it asks for no history that there is. */
export function readTailHistory(parameters: URLSearchParams): TailHistoryRequest | undefined {
  const [last, type] = [Number(parameters.get('last') ?? 0), parameters.get('type')];
  if (!Number.isInteger(last) || last < 0 || last > maxTailHistory) return undefined;
  if (type !== null && parseEventTypeName(type) === undefined) return undefined;
  return { last, rejected: parameters.get('rejected') === 'true', ...(type === null ? {} : { type }) };
}

/** The latest rows by time of reception, the oldest first, as the live feed tells them. A table that is not there has none. */
export async function tailHistory(
  source: QuerySource,
  { last, type, rejected }: TailHistoryRequest,
): Promise<readonly LiveRow[]> {
  if (last === 0) return [];
  const ofType = type === undefined ? '' : ` WHERE type = '${type}'`;
  const tables: Asked[] = [{ dataset: datasets.operations, table: quarantineTable, where: ofType }];
  if (!rejected) {
    for (const table of await eventTables(source)) {
      const isShared = table === alphaSink;
      if (type !== undefined && !isShared && table !== tableName(type)) continue;
      tables.push({ dataset: datasets.raw, table, where: isShared ? ofType : '' });
    }
  }
  const rows: (LiveRow & { readonly time: string })[] = [];
  for (const asked of tables) rows.push(...(await latest(source, asked, last)));
  return rows.sort((a, b) => (a.time < b.time ? -1 : Number(a.time > b.time))).slice(-last);
}

/** Of a row of the live feed or of history: what tells whether it is the same one. */
export function rowIdentity({ table, row }: LiveRow): string {
  const value = readJson(row);
  const { event_key, record_key, row_time, kept_time } = isJsonObject(value) ? value : {};
  return JSON.stringify([table, event_key ?? record_key, momentOf(row_time ?? kept_time)]);
}

function momentOf(time: JsonValue | undefined): number | null {
  return typeof time === 'string' ? Date.parse(time) : null;
}

interface Asked {
  readonly dataset: string;
  readonly table: string;
  readonly where: string;
}

/** Names are ours: letters, digits and "_". */
async function latest(source: QuerySource, { dataset, table, where }: Asked, last: number) {
  const sql = `SELECT * FROM ${dataset}.${table}${where} ORDER BY received_time DESC LIMIT ${last}`;
  const outcome = await runReadOnlyQuery(source, sql, { ...limits, maxRows: last });
  if (outcome.kind === 'refused') return [];
  return rowObjects(outcome).map((row) => {
    return { dataset, table, row: JSON.stringify(row), time: String(row['received_time']) };
  });
}

async function eventTables(source: QuerySource): Promise<string[]> {
  const sql = `SELECT table_name FROM duckdb_tables() WHERE schema_name = '${datasets.raw}'`;
  const outcome = await runReadOnlyQuery(source, sql, { ...limits, maxRows: 100_000 });
  return outcome.kind === 'refused' ? [] : outcome.rows.map(([name]) => String(name));
}

import type { BigQuery } from '@google-cloud/bigquery';
import { translate } from '../../../infra/local/google-sql/translate.ts';
import type { QuerySource } from '../../../shared/adapters/embedded/duckdb/database.ts';
import { runReadOnlyQuery } from '../../../shared/adapters/embedded/duckdb/query.ts';

export interface Statement {
  readonly name: string;
  /** GoogleSQL, with an order of rows; DuckDB gets it as `edi query` does. */
  readonly sql: string;
}

/** Asks both the same, and says of each statement whether they answer alike. Resolves to how many do not. */
export async function compareAnswers(
  bigQuery: BigQuery,
  source: QuerySource,
  statements: readonly Statement[],
  say: (line: string) => void,
): Promise<number> {
  let different = 0;
  for (const { name, sql } of statements) {
    const outcome = await runReadOnlyQuery(source, translate(sql), { maxRows: 10_000, timeoutMillis: 30_000 });
    if (outcome.kind !== 'rows') throw new Error(`DuckDB refused "${name}": ${outcome.reason}`);
    const expected = outcome.rows.map((row) => row.map(comparable));
    const actual = await rowsOf(bigQuery, sql);
    const same = JSON.stringify(expected) === JSON.stringify(actual);
    if (!same) different += 1;
    say(`${same ? 'same' : 'DIFFERENT'}  ${String(expected.length).padStart(4)} rows  ${name}`);
    if (!same)
      say(`  DuckDB    ${JSON.stringify(expected).slice(0, 300)}\n  BigQuery  ${JSON.stringify(actual).slice(0, 300)}`);
  }
  return different;
}

async function rowsOf(bigQuery: BigQuery, query: string): Promise<string[][] | string> {
  try {
    const [found] = await bigQuery.query({ query, useLegacySql: false });
    return found.map((row: object) => Object.values(row).map(comparable));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The same value in both warehouses' clients: dates, instants and numbers come as texts, numbers or objects. */
function comparable(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'value' in value) return comparable(value.value);
  if (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value)) return String(Number(value));
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\d[T ]/.test(value)) return new Date(value).toISOString();
  return String(value);
}

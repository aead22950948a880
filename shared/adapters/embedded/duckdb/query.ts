import { setTimeout as delay } from 'node:timers/promises';
import {
  type DuckDBConnection,
  type DuckDBDataChunk,
  DuckDBListVector,
  type DuckDBResult,
  DuckDBStructVector,
  type DuckDBType,
  type DuckDBVector,
} from '@duckdb/node-api';
import type { JsonValue } from '../../../event/json.ts';
import { Unavailable } from '../../../ports/unavailable.ts';
import {
  type DatabaseSettings,
  defaultDatabaseSettings,
  interruptEveryMillis,
  openDatabase,
  type QuerySource,
} from './database.ts';
import { errorKind, errorText } from './errors.ts';
import './exact-text.ts';
import { jsonOf } from './result-values.ts';
import { checkStatement } from './statement-check.ts';
import { typeName } from './type-name.ts';

export interface QueryLimits {
  /** Rows of the answer; more are cut. */
  readonly maxRows: number;
  /** Time until the query is interrupted. */
  readonly timeoutMillis: number;
  /** Size of the answer, roughly that of its JSON; rows beyond it are cut. Default 32 MiB. */
  readonly maxResultBytes?: number;
}

export interface QueryRows {
  readonly kind: 'rows';
  /** Names are unique (a repeated one gets `:1`, `:2` …); types are DuckDB's. */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** Values in the order of the columns, as `jsonOf` gives them. */
  readonly rows: readonly (readonly JsonValue[])[];
  /** Whether there were more rows than a limit allowed. */
  readonly truncated: boolean;
}

/** The reason is for whoever wrote the SQL, and may quote it and the values that it met. */
export type QueryOutcome = QueryRows | { readonly kind: 'refused'; readonly reason: string };

const defaultMaxResultBytes = 32 * 1_024 * 1_024;
/** How long an interrupted query may take to stop before the caller is answered without it. */
const maxStopMillis = 1_000;

/**
 * Runs one SELECT (or EXPLAIN, DESCRIBE, SHOW, SUMMARIZE) and answers with its rows; everything else is refused. Read-only
 * three times over: the statement's parse tree is checked, it runs on a connection of its own in a READ ONLY transaction
 * that is rolled back, and the instance has no access to files, network and extensions. An EXPLAIN ANALYZE runs its SELECT.
 *
 * A query that cannot be interrupted (DuckDB computes a single huge value in one piece) is answered for after
 * `timeoutMillis` plus a second, and counts as running until it ends; beyond `maxConcurrentQueries` others are refused.
 * DuckDB counts its memory, but for such single values. Rejects with `Unavailable` when the database itself has failed.
 */
export async function runReadOnlyQuery(source: QuerySource, sql: string, limits: QueryLimits): Promise<QueryOutcome> {
  const lease = await source.leaseQuery();
  if (lease === undefined) return refused('as many queries as allowed are running: try again when one has ended');
  const { connection, release } = lease;
  const deadline = startDeadline(connection, limits.timeoutMillis);
  const work = runOn(connection, sql, { ...limits, isOver: deadline.isOver }).finally(() => {
    deadline.cancel();
    release();
  });
  const outcome = await Promise.race([work, deadline.stopped]);
  return deadline.isOver() && outcome.kind === 'refused' ? timedOut(limits) : outcome;
}

/** What is known of a file that nobody writes, opened for queries. */
export type OpenedFile =
  | { readonly kind: 'opened'; readonly source: QuerySource; readonly close: () => Promise<void> }
  | { readonly kind: 'missing' }
  | { readonly kind: 'held'; readonly reason: string }
  | { readonly kind: 'unusable'; readonly reason: string };

/**
 * Opens a warehouse's file for `runReadOnlyQuery` when no process runs. Changes nothing: a log that a killed process left
 * is read, not merged. `held`: a process writes to it; ask that process instead.
 */
export async function openReadOnlyFile(path: string, settings?: Partial<DatabaseSettings>): Promise<OpenedFile> {
  const opened = await openDatabase(path, 'READ_ONLY', { ...defaultDatabaseSettings, ...settings });
  if (opened.kind !== 'opened') return opened;
  return { kind: 'opened', source: opened.database, close: () => opened.database.close() };
}

interface Deadline {
  readonly isOver: () => boolean;
  /** Resolves only when the query did not stop in time. */
  readonly stopped: Promise<QueryOutcome>;
  readonly cancel: () => void;
}

/** Real timers, because what they bound is the real work of DuckDB's threads. */
function startDeadline(connection: DuckDBConnection, timeoutMillis: number): Deadline {
  const abort = new AbortController();
  let over = false;
  const stopped = new Promise<QueryOutcome>((resolve) => {
    const watch = async (): Promise<void> => {
      await delay(timeoutMillis, undefined, { signal: abort.signal });
      over = true;
      for (let waitedMillis = 0; ; waitedMillis += interruptEveryMillis) {
        connection.interrupt();
        if (waitedMillis >= maxStopMillis) resolve(refused('it did not stop'));
        await delay(interruptEveryMillis, undefined, { signal: abort.signal });
      }
    };
    // Aborted: the query has ended.
    watch().catch(() => undefined);
  });
  return { isOver: () => over, stopped, cancel: () => abort.abort() };
}

interface RunLimits extends QueryLimits {
  readonly isOver: () => boolean;
}

async function runOn(connection: DuckDBConnection, sql: string, limits: RunLimits): Promise<QueryOutcome> {
  try {
    const check = await checkStatement(connection, sql);
    if (check.kind === 'refused') return check;
    await connection.run('BEGIN TRANSACTION READ ONLY');
    try {
      return await readRows(await connection.stream(sql), limits);
    } finally {
      // An error may have ended the transaction already.
      await connection.run('ROLLBACK').catch(() => undefined);
    }
  } catch (error) {
    const kind = errorKind(error);
    if (kind === 'FATAL' || kind === 'INTERNAL') {
      throw new Unavailable('warehouse', `DuckDB answered "${kind} Error" to a query: the process has to be restarted`);
    }
    return refused(errorText(error));
  }
}

async function readRows(result: DuckDBResult, limits: RunLimits): Promise<QueryOutcome> {
  const types = result.columnTypes();
  const columns = result.deduplicatedColumnNames().map((name, index) => ({ name, type: typeOf(types, index) }));
  const rows: JsonValue[][] = [];
  let remainingBytes = limits.maxResultBytes ?? defaultMaxResultBytes;
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    if (limits.isOver()) return timedOut(limits);
    // Looked at before JavaScript makes objects of them: one row can hold millions of elements.
    if (elementsOf(chunk) > remainingBytes) return cutAt(columns, rows);
    for (let index = 0; index < chunk.rowCount; index += 1) {
      if (rows.length >= limits.maxRows) return { kind: 'rows', columns, rows, truncated: true };
      const row = chunk.getRowValues(index).map((value, column) => {
        const type = types[column];
        return type === undefined ? null : jsonOf(value, type);
      });
      remainingBytes -= sizeBytes(row);
      if (remainingBytes < 0) return cutAt(columns, rows);
      rows.push(row);
    }
  }
  return { kind: 'rows', columns, rows, truncated: false };
}

function typeOf(types: readonly DuckDBType[], index: number): string {
  const type = types[index];
  return type === undefined ? '' : typeName(type);
}

function cutAt(columns: QueryRows['columns'], rows: JsonValue[][]): QueryOutcome {
  if (rows.length > 0) return { kind: 'rows', columns, rows, truncated: true };
  return refused('the first row alone is larger than an answer may be: select less of it');
}

/** Elements of all lists in a chunk. */
function elementsOf(chunk: DuckDBDataChunk): number {
  let elements = 0;
  for (let column = 0; column < chunk.columnCount; column += 1)
    elements += vectorElements(chunk.getColumnVector(column));
  return elements;
}

function vectorElements(vector: DuckDBVector): number {
  if (vector instanceof DuckDBListVector) return vector.childVector.itemCount + vectorElements(vector.childVector);
  if (!(vector instanceof DuckDBStructVector)) return 0;
  return vector.type.entryTypes.reduce((sum, _, index) => sum + vectorElements(vector.entryVectorAt(index)), 0);
}

function sizeBytes(value: JsonValue): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return 8;
  return Object.entries(value).reduce((sum, [name, part]) => sum + name.length + sizeBytes(part), 2);
}

function timedOut(limits: QueryLimits): QueryOutcome {
  return refused(`the query took longer than ${limits.timeoutMillis} ms and was interrupted`);
}

function refused(reason: string): QueryOutcome {
  return { kind: 'refused', reason };
}

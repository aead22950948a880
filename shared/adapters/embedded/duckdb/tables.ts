import { chmodSync, existsSync } from 'node:fs';
import { constants, copyFile, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { type DuckDBConnection, StatementType } from '@duckdb/node-api';
import type { TableColumn } from '../../../ports/table-reader.ts';
import { Unavailable } from '../../../ports/unavailable.ts';
import { quoteTable, type TableName } from './columns.ts';
import { type TableComments, writeComments } from './comments.ts';
import {
  type Database,
  type DatabaseSettings,
  defaultDatabaseSettings,
  openDatabase,
  type QueryLease,
  type QuerySource,
} from './database.ts';
import { describeColumns } from './describe-columns.ts';
import { errorKind, errorText, errorWithoutValues, isDataError } from './errors.ts';
import { type ExactViewDescription, exactViewStatement } from './exact-view.ts';
import { defaultInsertQueueSettings, InsertQueue, type InsertQueueSettings } from './insert-queue.ts';
import { makeRowInserter, type RowInserter } from './row-inserter.ts';
import { type CheckedRow, rowCheck } from './rows.ts';
import { tableChange } from './table-change.ts';
import {
  createSchema,
  createTable,
  existingColumns,
  renewTable,
  rewriteTable,
  type TableDescription,
} from './table-statements.ts';

export type { TableComments } from './comments.ts';
export type { AlphaRows } from './exact-view.ts';
export type WarehouseSettings = DatabaseSettings & InsertQueueSettings;

const defaultWarehouseSettings: WarehouseSettings = { ...defaultDatabaseSettings, ...defaultInsertQueueSettings };

type EnsureOutcome =
  | { readonly kind: 'created' | 'widened' | 'renewed' | 'unchanged' }
  /** Nothing was changed; the reason names the column. */
  | { readonly kind: 'refused'; readonly reason: string };

type AppendOutcome =
  /** Committed and flushed: it survives a SIGKILL of the process and a crash of the machine. */
  | { readonly kind: 'inserted' }
  /** BigQuery would not take the row; the reason holds a path and a type, never a value. */
  | { readonly kind: 'refused'; readonly reason: string };

/** The local deployment's BigQuery: one DuckDB file. Every method rejects with `Unavailable` when the file cannot be written. */
export interface Warehouse extends QuerySource {
  /**
   * Creates the table (and its schema), or adds the columns that it lacks; to be called before `append`, at every start.
   * With `renew`, one that would lose or retype a column is made anew, and its rows are kept with what of them fits.
   */
  ensureTable(description: TableDescription, how?: { readonly renew: boolean }): Promise<EnsureOutcome>;
  /** Makes the view with one row per (event_time, event_key): the copy that was received first. */
  ensureExactView(description: ExactViewDescription): Promise<EnsureOutcome>;
  /** Makes a view of tables that are there, by its SELECT. */
  ensureView(view: TableName, query: string): Promise<EnsureOutcome>;
  /** Makes descriptions of tables and views that are there, and of their columns, comments of the database. */
  comment(tables: readonly TableComments[]): Promise<void>;
  /**
   * Appends rows, JSON texts as a BigQuery subscription with `use_table_schema` takes them (`rowCheck`), and answers
   * per row, in order, after the commit. A refused row does not keep its neighbours out. After a rejection some rows may
   * have been written: like the service it stands for, it delivers at least once.
   */
  append(table: TableName, rows: readonly (Uint8Array | string)[]): Promise<AppendOutcome[]>;
  /**
   * Runs one statement on the writer's connection, in turn with appends, and answers with the rows that it changed; of a
   * SELECT with its first value, a number. Rejects with DuckDB's error, which can quote values.
   */
  change(sql: string, parameters: Readonly<Record<string, string | number | boolean>>): Promise<number>;
  /** The columns that the table has, as BigQuery would name them; undefined when there is no such table. */
  columns(table: TableName): Promise<readonly TableColumn[] | undefined>;
  /**
   * Copies the file, as it is after the last commit, into a folder of the same disk, and answers with the copy's path:
   * another process may open that, as nobody may open a file that is written. Appends wait meanwhile. Where the file
   * system shares blocks (Btrfs, XFS, APFS) a copy takes no room and no time.
   */
  copyInto(folder: string): Promise<string>;
  /** Waits for what is being written, then lets go of the file. Nothing may be called afterwards. */
  close(): Promise<void>;
}

/** Where the warehouse is: a file, or `:memory:`. */
export interface WarehouseLocation {
  readonly path: string;
  readonly settings?: Partial<WarehouseSettings>;
}

/**
 * Opens the warehouse, creating the file where there is none. Rejects with `Unavailable` when the folder is missing, or
 * another process has the file.
 *
 * Only the user may read what is in it: the file's mode is set to 0600. DuckDB deletes and creates its log (`<file>.wal`)
 * and its spill folder again and again, and takes their modes from the process, so opening a file **sets the umask of the
 * process to 077**. (A worker thread cannot: there the folder, which should be 0700 anyway, has to protect the log.)
 */
export async function openWarehouse(location: WarehouseLocation): Promise<Warehouse> {
  const { path } = location;
  const settings = { ...defaultWarehouseSettings, ...location.settings };
  const isFile = path !== ':memory:';
  if (isFile && isMainThread) process.umask(0o077);
  if (isFile && existsSync(path)) chmodSync(path, 0o600);
  const opened = await openDatabase(path, 'READ_WRITE', settings);
  if (opened.kind !== 'opened') {
    const reason = opened.kind === 'missing' ? 'its folder does not exist' : opened.reason;
    throw new Unavailable('warehouse', `the warehouse ${path} cannot be opened: ${reason}`);
  }
  if (isFile) chmodSync(path, 0o600);
  return new DuckdbWarehouse(opened.database, await opened.database.connect(), { path, ...settings });
}

interface KnownTable {
  readonly check: (row: Uint8Array | string) => CheckedRow;
  readonly insert: RowInserter;
}

class DuckdbWarehouse implements Warehouse {
  readonly #database: Database;
  /** The only connection that writes: DuckDB lets concurrent changes of a table fail, so there are none. */
  readonly #writer: DuckDBConnection;
  readonly #queue: InsertQueue<AppendOutcome>;
  readonly #tables = new Map<string, KnownTable>();
  readonly #path: string;
  #lastTask: Promise<unknown> = Promise.resolve();

  constructor(database: Database, writer: DuckDBConnection, settings: WarehouseSettings & { readonly path: string }) {
    this.#path = settings.path;
    this.#database = database;
    this.#writer = writer;
    this.#queue = new InsertQueue((table, rows) => this.#exclusively(() => this.#insert(table, rows)), settings);
  }

  async ensureTable(description: TableDescription, { renew } = { renew: false }): Promise<EnsureOutcome> {
    if (description.columns.length === 0) throw new TypeError(`table ${description.table} has no columns`);
    const outcome = await this.#exclusively(() =>
      this.#ensure(description.schema, () => this.#createOrChange(description, renew)),
    );
    if (outcome.kind !== 'refused') {
      this.#tables.set(quoteTable(description), {
        check: rowCheck(description.columns),
        insert: makeRowInserter(this.#writer, description, description.columns),
      });
    }
    return outcome;
  }

  async ensureExactView(description: ExactViewDescription): Promise<EnsureOutcome> {
    return this.#createView(description.view, exactViewStatement(description));
  }

  async ensureView(view: TableName, query: string): Promise<EnsureOutcome> {
    return this.#createView(view, `CREATE OR REPLACE VIEW ${quoteTable(view)} AS ${query}`);
  }

  comment(tables: readonly TableComments[]): Promise<void> {
    return this.#exclusively(() =>
      writeComments(this.#writer, tables).catch((error: unknown) => {
        throw unavailable(error);
      }),
    );
  }

  #createView({ schema }: TableName, statement: string): Promise<EnsureOutcome> {
    return this.#exclusively(() =>
      this.#ensure(schema, async () => {
        await createSchema(this.#writer, schema);
        await this.#writer.run(statement);
        return { kind: 'created' };
      }),
    );
  }

  async append(table: TableName, rows: readonly (Uint8Array | string)[]): Promise<AppendOutcome[]> {
    const key = quoteTable(table);
    const known = this.#tables.get(key);
    if (known === undefined) throw new Error(`table ${key} has not been ensured in this process`);
    const checked = rows.map(known.check);
    const texts = checked.flatMap((row) => (row.kind === 'row' ? [row.text] : []));
    const answers = (await this.#queue.add(key, texts)).values();
    return checked.map((row) => (row.kind === 'refused' ? row : (answers.next().value ?? missingAnswer())));
  }

  change(sql: string, parameters: Readonly<Record<string, string | number | boolean>>): Promise<number> {
    return this.#exclusively(async () => {
      const result = await this.#writer.run(sql, { ...parameters });
      if (result.statementType !== StatementType.SELECT) return result.rowsChanged;
      return Number((await result.getRows())[0]?.[0] ?? 0);
    });
  }

  columns(table: TableName): Promise<readonly TableColumn[] | undefined> {
    return this.#exclusively(async () => {
      try {
        const existing = await existingColumns(this.#writer, table);
        return existing.length === 0 ? undefined : describeColumns(existing);
      } catch (error) {
        throw unavailable(error);
      }
    });
  }

  copyInto(folder: string): Promise<string> {
    return this.#exclusively(async () => {
      const name = basename(this.#path);
      try {
        // With its log, which holds what was committed since the last checkpoint.
        const entries = await readdir(dirname(this.#path), { withFileTypes: true });
        const files = entries.filter(
          (entry) => entry.isFile() && (entry.name === name || entry.name.startsWith(`${name}.`)),
        );
        for (const file of files) {
          await copyFile(join(dirname(this.#path), file.name), join(folder, file.name), constants.COPYFILE_FICLONE);
        }
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
        throw new Unavailable('warehouse', `the warehouse could not be copied: ${code}`);
      }
      return join(folder, name);
    });
  }

  leaseQuery(): Promise<QueryLease | undefined> {
    return this.#database.leaseQuery();
  }

  async close(): Promise<void> {
    await this.#queue.settled();
    await this.#lastTask;
    this.#writer.disconnectSync();
    await this.#database.close();
  }

  /** One task at a time on the writer's connection, in the order of arrival. */
  #exclusively<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.#lastTask.then(task);
    this.#lastTask = result.catch(() => undefined);
    return result;
  }

  /** Changes the catalog. What DuckDB finds wrong with the description is the answer; anything else is lost infrastructure. */
  async #ensure(schema: string, change: () => Promise<EnsureOutcome>): Promise<EnsureOutcome> {
    if (schema === this.#database.catalog) {
      const reason = `the warehouse's file must not be called "${schema}": DuckDB could not tell it from the schema`;
      return { kind: 'refused', reason };
    }
    try {
      return await change();
    } catch (error) {
      if (['Binder', 'Catalog', 'Parser', 'Dependency'].includes(errorKind(error))) {
        return { kind: 'refused', reason: errorText(error) };
      }
      throw unavailable(error);
    }
  }

  async #createOrChange(description: TableDescription, renew: boolean): Promise<EnsureOutcome> {
    const existing = await existingColumns(this.#writer, description);
    if (existing.length === 0) {
      await createSchema(this.#writer, description.schema);
      await createTable(this.#writer, description);
      return { kind: 'created' };
    }
    const change = tableChange(existing, description.columns);
    if (change.kind === 'refused' && renew) return renewTable(this.#writer, description, existing);
    if (change.kind === 'widened') await rewriteTable(this.#writer, description, existing);
    return change;
  }

  /** Inserts checked rows; when DuckDB finds fault with a value all the same, halves the batch until it knows the row. */
  async #insert(key: string, rows: readonly string[]): Promise<AppendOutcome[]> {
    const known = this.#tables.get(key);
    if (known === undefined) throw new Error(`table ${key} has not been ensured in this process`);
    try {
      await known.insert(rows);
      return rows.map(() => ({ kind: 'inserted' }));
    } catch (error) {
      if (!isDataError(error)) throw unavailable(error);
      if (rows.length === 1) return [{ kind: 'refused', reason: 'a value is outside the range of its column' }];
      const middle = Math.ceil(rows.length / 2);
      const first = await this.#insert(key, rows.slice(0, middle));
      return [...first, ...(await this.#insert(key, rows.slice(middle)))];
    }
  }
}

/** Without a cause: DuckDB's messages can quote rows. */
function unavailable(error: unknown): Unavailable {
  return new Unavailable('warehouse', `the warehouse could not be written: ${errorWithoutValues(error)}`);
}

function missingAnswer(): never {
  throw new Error('a row was neither inserted nor refused');
}

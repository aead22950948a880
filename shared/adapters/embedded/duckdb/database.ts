import { realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { errorText } from './errors.ts';
import { registerTinkFunctions } from './tink-functions.ts';
import { cutLog, tornAtBytes } from './torn-log.ts';

export interface DatabaseSettings {
  /** What DuckDB may hold in memory, in MiB. A single huge value built by one expression is not counted. Default 512. */
  readonly memoryLimitMebibytes: number;
  /** Worker threads of DuckDB. Default 2. */
  readonly threads: number;
  /** What a large sort or join may spill into `<file>.tmp`, in MiB. Default 1,024; a database in memory spills nothing. */
  readonly maxSpillMebibytes: number;
  /** Queries that may run at the same time; each occupies a thread of Node's pool (4 by default). Default 2. */
  readonly maxConcurrentQueries: number;
}

export const defaultDatabaseSettings: DatabaseSettings = {
  memoryLimitMebibytes: 512,
  threads: 2,
  maxSpillMebibytes: 1_024,
  maxConcurrentQueries: 2,
};

/** A connection that one query has for itself. */
export interface QueryLease {
  readonly connection: DuckDBConnection;
  /** Closes the connection; to be called once, when nothing runs on it any more. */
  release(): void;
}

/** What `runReadOnlyQuery` needs: connections, a bounded number at a time. */
export interface QuerySource {
  /** Undefined while as many queries as allowed are running. */
  leaseQuery(): Promise<QueryLease | undefined>;
}

export interface Database extends QuerySource {
  /** DuckDB's name of the database, which it takes from the file's name. No schema may have the same. */
  readonly catalog: string;
  connect(): Promise<DuckDBConnection>;
  /** Interrupts running queries, waits for them, and lets go of the file (which writes what is in the log into it). */
  close(): Promise<void>;
}

export type OpenedDatabase =
  | { readonly kind: 'opened'; readonly database: Database }
  | { readonly kind: 'missing' }
  /** Another process, or this one, has it open; the reason names the process where DuckDB knows it. */
  | { readonly kind: 'held'; readonly reason: string }
  /** Not a database, or not readable. */
  | { readonly kind: 'unusable'; readonly reason: string };

/** How often a query that has to stop is interrupted: DuckDB forgets an interruption between two steps of a query. */
export const interruptEveryMillis = 50;

/**
 * Files that this process has open. DuckDB does not notice a second instance on one file in one process (POSIX locks
 * belong to the process, and closing either instance drops them), and two instances would corrupt it.
 */
const openFiles = new Set<string>();

/**
 * Opens a DuckDB file, or a database in memory (`:memory:`), so locked that no SQL can reach outside of it: no files, no
 * network, no extensions, no secrets, and no way to change these settings. Sessions are in UTC. A log that a power failure
 * tore is cut off where it was torn (`cutLog`).
 */
export async function openDatabase(
  path: string,
  accessMode: 'READ_WRITE' | 'READ_ONLY',
  settings: DatabaseSettings = defaultDatabaseSettings,
): Promise<OpenedDatabase> {
  const file = canonicalPath(path);
  if (file === undefined) return { kind: 'missing' };
  if (openFiles.has(file)) return { kind: 'held', reason: `this process has ${path} open already` };
  if (path !== ':memory:') openFiles.add(file);
  try {
    const options = { ...lockedOptions(settings, path), access_mode: accessMode };
    const instance = await createInstance(path, options);
    const catalog = await lockSettings(instance);
    return { kind: 'opened', database: databaseOf({ instance, file, catalog, settings }) };
  } catch (error) {
    openFiles.delete(file);
    return openFailure(errorText(error));
  }
}

/** Mends a log that a power failure tore, where the database may be written. */
async function createInstance(path: string, options: Record<string, string>): Promise<DuckDBInstance> {
  try {
    return await DuckDBInstance.create(path, options);
  } catch (error) {
    const tornAt = tornAtBytes(errorText(error));
    if (tornAt === undefined || options['access_mode'] !== 'READ_WRITE') throw error;
    cutLog(path, tornAt);
    return await DuckDBInstance.create(path, options);
  }
}

/** The built-in extensions (ICU and JSON among them) are part of the package: nothing is ever downloaded. */
function lockedOptions(settings: DatabaseSettings, path: string): Record<string, string> {
  return {
    // First, because it cannot be set once external access is off.
    ...(path === ':memory:' ? { temp_directory: '' } : {}),
    enable_external_access: 'false',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
    allow_persistent_secrets: 'false',
    memory_limit: `${settings.memoryLimitMebibytes}MiB`,
    threads: String(settings.threads),
    max_temp_directory_size: `${settings.maxSpillMebibytes}MiB`,
  };
}

/** Answers with the name of the catalog. The time zone belongs to ICU, which is not there yet when options are read, so it is set before the lock. */
async function lockSettings(instance: DuckDBInstance): Promise<string> {
  const connection = await instance.connect();
  try {
    await connection.run("SET GLOBAL TimeZone = 'UTC'");
    await registerTinkFunctions(connection);
    await connection.run('SET GLOBAL lock_configuration = true');
    const [row] = await (await connection.run('SELECT current_database()')).getRows();
    return String(row?.[0]);
  } finally {
    connection.disconnectSync();
  }
}

interface OpenInstance {
  readonly instance: DuckDBInstance;
  /** As `openFiles` has it. */
  readonly file: string;
  readonly catalog: string;
  readonly settings: DatabaseSettings;
}

function databaseOf(open: OpenInstance): Database {
  const { instance, file, catalog, settings } = open;
  const running = new Set<DuckDBConnection>();
  let idle: (() => void) | undefined;
  let leased = 0;
  const release = (connection: DuckDBConnection | undefined): void => {
    leased -= 1;
    if (connection !== undefined) {
      running.delete(connection);
      connection.disconnectSync();
    }
    if (leased === 0) idle?.();
  };
  return {
    catalog,
    connect: () => instance.connect(),
    leaseQuery: async () => {
      if (leased >= settings.maxConcurrentQueries) return undefined;
      leased += 1;
      let connection: DuckDBConnection | undefined;
      try {
        connection = await instance.connect();
      } catch (error) {
        release(undefined);
        throw error;
      }
      running.add(connection);
      return { connection, release: () => release(connection) };
    },
    close: async () => {
      const ended = new Promise<void>((resolve) => (idle = resolve));
      while (leased > 0) {
        for (const connection of running) connection.interrupt();
        await Promise.race([ended, delay(interruptEveryMillis)]);
      }
      instance.closeSync();
      openFiles.delete(file);
    },
  };
}

function openFailure(message: string): OpenedDatabase {
  if (/database does not exist|No such file/.test(message)) return { kind: 'missing' };
  if (/set lock on file/.test(message)) return { kind: 'held', reason: message };
  return { kind: 'unusable', reason: message };
}

/** Undefined when the folder does not exist. Two databases in memory are never the same. */
function canonicalPath(path: string): string | undefined {
  if (path === ':memory:') return ':memory:';
  try {
    return realpathSync(path);
  } catch {
    try {
      return join(realpathSync(dirname(path)), basename(path));
    } catch {
      return undefined;
    }
  }
}

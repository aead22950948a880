import type {
  QuarantineCursor,
  QuarantineFilter,
  QuarantineRecord,
  QuarantineRecords,
} from '../../../ports/quarantine-records.ts';
import { Unavailable } from '../../../ports/unavailable.ts';
import { type AnswerRow, readGroup, readRecord } from '../../../quarantine/quarantine-rows.ts';
import {
  groupsQuery,
  keysQuery,
  type QuarantineTables,
  recordsByKeyQuery,
} from '../../../quarantine/quarantine-sql.ts';
import type { QuerySource } from './database.ts';
import { runReadOnlyQuery } from './query.ts';

export interface QuarantineRecordsOptions {
  readonly warehouse: QuerySource;
  readonly tables: QuarantineTables;
  /** Records whose order is found with one query, which compares all of the table. Default 20,000. */
  readonly maxKeys?: number;
  /** Records of one page. Default 500. */
  readonly maxPageRecords?: number;
  /** Payloads of one page, as text; a single record may be larger. Default 8 MiB. */
  readonly maxPageBytes?: number;
}

const limits = { maxRows: 100_000, timeoutMillis: 60_000 } as const;
/** More than a record can be: a request's body, encrypted and in base64. */
const maxRecordBytes = 64 * 1_048_576;
const toMillis = (column: string) => `epoch_ms(${column})`;
const firstError = 'errors[1]';

/**
 * The quarantine's table in DuckDB. What comes next is found without the payloads, which windows would carry through
 * memory; those are then read a page at a time.
 */
export function makeQuarantineRecords(options: QuarantineRecordsOptions): QuarantineRecords {
  const { warehouse, tables, maxKeys = 20_000, maxPageRecords = 500, maxPageBytes = 8 * 1_048_576 } = options;

  async function ask(sql: string, maxResultBytes = maxRecordBytes) {
    const outcome = await runReadOnlyQuery(warehouse, sql, { ...limits, maxResultBytes });
    if (outcome.kind === 'refused') {
      const message = 'the quarantine could not be read: try again';
      throw new Unavailable('quarantine-table', message, { cause: outcome.reason });
    }
    const names = outcome.columns.map(({ name }) => name);
    return outcome.rows.map((row): AnswerRow => Object.fromEntries(names.map((name, at) => [name, row[at] ?? null])));
  }

  /** In the order of the keys, without those that have expired meanwhile. */
  async function readPage(keys: readonly Key[]): Promise<QuarantineRecord[]> {
    const told = new Map(keys.map(({ recordKey, superseded }) => [recordKey, superseded]));
    const answered = await ask(recordsByKeyQuery(tables.records, [...told.keys()], toMillis));
    const records = answered.map((row) => readRecord({ ...row, ...told.get(String(row['record_key'])) }));
    return records.sort((a, b) => (a.seal === b.seal ? compare(a.recordKey, b.recordKey) : compare(a.seal, b.seal)));
  }

  async function* read(filter: QuarantineFilter, after?: QuarantineCursor) {
    for (let cursor = after, isMore = true; isMore; ) {
      const rows = await ask(
        keysQuery(tables.records, { filter, maxRecords: maxKeys, ...(cursor ? { after: cursor } : {}) }),
      );
      const keys = rows.map(readKey);
      for (const page of pagesOf(keys, { maxPageRecords, maxPageBytes })) {
        const records = await readPage(page);
        if (records.length > 0) yield records;
      }
      const last = keys.at(-1);
      isMore = keys.length === maxKeys;
      if (last !== undefined) cursor = { seal: last.seal, recordKey: last.recordKey };
    }
  }

  return {
    groups: async (filter) => (await ask(groupsQuery(tables, filter, { toMillis, firstError }))).map(readGroup),
    read,
  };
}

interface Key extends QuarantineCursor {
  /** What the table says of what is newer, by the names of its columns. */
  readonly superseded: AnswerRow;
  readonly bytes: number;
}

function readKey({ record_key, seal, superseded, superseded_at, payload_length }: AnswerRow): Key {
  const cursor = { recordKey: String(record_key), seal: String(seal) };
  const newer = { superseded: superseded ?? false, superseded_at: superseded_at ?? null };
  return { ...cursor, superseded: newer, bytes: Number(payload_length) };
}

function* pagesOf(
  keys: readonly Key[],
  bounds: Required<Pick<QuarantineRecordsOptions, 'maxPageRecords' | 'maxPageBytes'>>,
) {
  let page: Key[] = [];
  let bytes = 0;
  for (const key of keys) {
    const isFull = page.length >= bounds.maxPageRecords || bytes + key.bytes > bounds.maxPageBytes;
    if (isFull && page.length > 0) {
      yield page;
      page = [];
      bytes = 0;
    }
    page.push(key);
    bytes += key.bytes;
  }
  if (page.length > 0) yield page;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

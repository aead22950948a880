import type { JsonValue } from '../../../event/json.ts';
import type {
  QuarantineFilter,
  QuarantineGroup,
  QuarantineRecord,
  QuarantineRecords,
} from '../../../ports/quarantine-records.ts';
import { Unavailable } from '../../../ports/unavailable.ts';
import type { QuerySource } from './database.ts';
import { type QueryRows, runReadOnlyQuery } from './query.ts';

const limits = { maxRows: 100_000, timeoutMillis: 30_000 } as const;

/** The quarantine's table in DuckDB. */
export function makeQuarantineRecords(options: {
  readonly warehouse: QuerySource;
  /** With its schema. */
  readonly table: string;
}): QuarantineRecords {
  const { warehouse, table } = options;

  async function ask(sql: string): Promise<QueryRows> {
    const outcome = await runReadOnlyQuery(warehouse, sql, limits);
    if (outcome.kind === 'rows') return outcome;
    throw new Unavailable('quarantine-table', 'the quarantine could not be read: try again', { cause: outcome.reason });
  }

  return {
    async groups(filter) {
      const { rows } = await ask(
        `SELECT reason, type, count(DISTINCT record_key)::DOUBLE, min(epoch_ms(received_time))::DOUBLE,
           max(epoch_ms(received_time))::DOUBLE
         FROM ${table} WHERE ${condition(filter)} GROUP BY reason, type ORDER BY reason, type`,
      );
      return rows.map(readGroup);
    },
    async page(filter, maxSeals, afterSeal = '') {
      const { rows, truncated } = await ask(
        `WITH records AS (SELECT record_key, min(seal) AS seal FROM ${table} WHERE ${condition(filter)} GROUP BY record_key),
           seals AS (SELECT DISTINCT seal FROM records WHERE seal > ${literal(afterSeal)} ORDER BY seal LIMIT ${maxSeals})
         SELECT record_key, seal, sequence::DOUBLE, epoch_ms(received_time)::DOUBLE, epoch_ms(sent_at)::DOUBLE, sdk, reason,
           type, enc, enc_sequence::DOUBLE, payload, events::DOUBLE
         FROM ${table} JOIN records USING (record_key, seal)
         WHERE ${condition(filter)} AND seal IN (FROM seals)
         QUALIFY row_number() OVER (PARTITION BY record_key ORDER BY kept_time, enc, enc_sequence) = 1
         ORDER BY seal, sequence, record_key`,
      );
      const read = rows.map(readRecord);
      const lastSeal = read.at(-1)?.seal;
      // An answer that was cut may miss records of its last seal.
      const records = truncated ? read.filter(({ seal }) => seal !== lastSeal) : read;
      if (truncated && records.length === 0) throw new Error('the records of one seal are larger than an answer');
      const seals = new Set(records.map(({ seal }) => seal)).size;
      const nextAfterSeal = records.at(-1)?.seal;
      const mayBeMore = nextAfterSeal !== undefined && (truncated || seals >= maxSeals);
      return { records, ...(mayBeMore ? { nextAfterSeal } : {}) };
    },
  };
}

function condition({ reason, type }: Partial<QuarantineFilter>): string {
  const ofReason = reason === undefined ? 'true' : `reason = ${literal(reason)}`;
  return type === undefined ? ofReason : `${ofReason} AND type = ${literal(type)}`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function readGroup([reason, type, records, oldest, newest]: readonly JsonValue[]): QuarantineGroup {
  return {
    reason: String(reason),
    ...(typeof type === 'string' ? { type } : {}),
    records: Number(records),
    oldestMillis: Number(oldest),
    newestMillis: Number(newest),
  };
}

function readRecord(row: readonly JsonValue[]): QuarantineRecord {
  const [key, seal, sequence, receivedAt, sentAt, sdk, reason, type, enc, encSequence, payload, events] = row;
  return {
    recordKey: String(key),
    seal: String(seal),
    sequence: Number(sequence),
    ...(Number(events) > 1 ? { events: Number(events) } : {}),
    receivedAtMillis: Number(receivedAt),
    ...(typeof sentAt === 'number' ? { sentAtMillis: sentAt } : {}),
    ...(typeof sdk === 'string' ? { sdk } : {}),
    reason: String(reason),
    ...(typeof type === 'string' ? { type } : {}),
    enc: String(enc),
    encSequence: Number(encSequence),
    payload: String(payload),
  };
}

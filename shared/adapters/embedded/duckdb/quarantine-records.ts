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
        `SELECT reason, type, count(DISTINCT seal || ' ' || payload)::DOUBLE, min(epoch_ms(received_time))::DOUBLE,
           max(epoch_ms(received_time))::DOUBLE
         FROM ${table} WHERE ${condition(filter)} GROUP BY reason, type ORDER BY reason, type`,
      );
      return rows.map(readGroup);
    },
    async page(filter, maxSeals, afterSeal = '') {
      const { rows, truncated } = await ask(
        `SELECT sha256(seal || ' ' || payload) AS record_id, seal, epoch_ms(received_time)::DOUBLE, sdk, reason, type,
           payload
         FROM ${table}
         WHERE ${condition(filter)} AND seal IN (
           SELECT DISTINCT seal FROM ${table} WHERE ${condition(filter)} AND seal > ${literal(afterSeal)}
           ORDER BY seal LIMIT ${maxSeals})
         QUALIFY row_number() OVER (PARTITION BY seal, payload ORDER BY received_time) = 1
         ORDER BY seal, record_id`,
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

function readRecord([id, seal, receivedAt, sdk, reason, type, payload]: readonly JsonValue[]): QuarantineRecord {
  return {
    recordId: String(id),
    seal: String(seal),
    receivedAtMillis: Number(receivedAt),
    ...(typeof sdk === 'string' ? { sdk } : {}),
    reason: String(reason),
    ...(typeof type === 'string' ? { type } : {}),
    payload: String(payload),
  };
}

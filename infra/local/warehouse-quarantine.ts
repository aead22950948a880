import type { QuerySource } from '../../shared/adapters/embedded/duckdb/database.ts';
import { runReadOnlyQuery } from '../../shared/adapters/embedded/duckdb/query.ts';
import { parseEventTypeName } from '../../shared/event/event-type-name.ts';
import type { JsonValue } from '../../shared/event/json.ts';
import { parseInstant } from '../../shared/event/time.ts';
import type { QuarantineFilter, QuarantineRecord, QuarantineRecords } from '../../shared/ports/quarantine-records.ts';
import { Unavailable } from '../../shared/ports/unavailable.ts';
import { datasets, quarantineTable } from '../naming.ts';

const timeoutMillis = 30_000;

/** The quarantine's table in the warehouse. */
export function makeWarehouseQuarantine(warehouse: QuerySource): QuarantineRecords {
  return {
    async read(filter, { offset, limit }) {
      const sql = `SELECT seal, received_time, sdk, reason, type, payload FROM ${datasets.operations}.${quarantineTable}
        ${whereOf(filter)} ORDER BY received_time, seal, payload LIMIT ${limit} OFFSET ${offset}`;
      const outcome = await runReadOnlyQuery(warehouse, sql, { maxRows: limit, timeoutMillis });
      if (outcome.kind === 'refused') throw new Unavailable('warehouse', outcome.reason);
      return outcome.rows.map(recordOf);
    },
  };
}

/** Both grammars leave nothing that could end a text in SQL. A filter of another form finds nothing. */
export function whereOf({ reason, type }: QuarantineFilter): string {
  const conditions: string[] = [];
  if (reason !== undefined) conditions.push(/^[a-z-]{1,64}$/.test(reason) ? `reason = '${reason}'` : 'false');
  if (type !== undefined) conditions.push(parseEventTypeName(type) ? `type = '${type}'` : 'false');
  return conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
}

function recordOf([seal, received, sdk, reason, type, payload]: readonly JsonValue[]): QuarantineRecord {
  const instant = parseInstant(String(received));
  if (instant === undefined) throw new Error('a quarantine record has no time of receipt');
  return {
    seal: String(seal),
    receivedAtMillis: instant.epochSeconds * 1_000 + Math.floor(instant.micros / 1_000),
    ...(typeof sdk === 'string' ? { sdk } : {}),
    reason: String(reason),
    ...(typeof type === 'string' ? { type } : {}),
    payload: String(payload),
  };
}

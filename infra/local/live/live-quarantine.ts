import type { QuerySource } from '../../../shared/adapters/embedded/duckdb/database.ts';
import { runReadOnlyQuery } from '../../../shared/adapters/embedded/duckdb/query.ts';
import { isJsonObject, type JsonValue } from '../../../shared/event/json.ts';
import type { Clock } from '../../../shared/ports/clock.ts';
import { datasets, replayedTable } from '../../naming.ts';
import { quarantineExactView } from '../../operations.ts';

/** Where in a refused event, and which rule; what was wanted, where the record says it. */
export interface RefusedPart {
  readonly path: string;
  readonly keyword: string;
  readonly expected?: string;
}

/** A record of the quarantine that nothing has come of yet, without its payload. */
interface RefusedRecord {
  readonly key: string;
  readonly receivedTime: string;
  readonly sdk?: string;
  readonly errors: readonly RefusedPart[];
}

/** Records of one reason and type. */
export interface RefusedGroup {
  readonly reason: string;
  readonly type?: string;
  /** Events that a replay would try. */
  readonly events: number;
  /** Records that a replay has sent on, and those that a newer attempt stands for. */
  readonly replayed: number;
  readonly superseded: number;
  /** The newest of those that a replay would try. */
  readonly records: readonly RefusedRecord[];
}

/** How many records of a group are told of, and how many groups; the most first. */
const maxRecords = 8;
const maxGroups = 50;
const limits = { maxRows: maxGroups * maxRecords, timeoutMillis: 5_000 } as const;
/** The table is read this often at most, and for a fifth of the time that pages look: it may be large. */
const minAgeMillis = 1_000;
const restFactor = 4;

const records = `SELECT quarantine.*, replayed_key IS NOT NULL AS is_replayed
  FROM ${datasets.operations}.${quarantineExactView} AS quarantine
  LEFT JOIN (SELECT DISTINCT record_key AS replayed_key FROM ${datasets.operations}.${replayedTable})
    ON replayed_key = record_key`;

const groupsSql = `SELECT reason, type,
    (sum(events) FILTER (NOT is_replayed AND NOT superseded))::INTEGER,
    (count(*) FILTER (is_replayed))::INTEGER, (count(*) FILTER (NOT is_replayed AND superseded))::INTEGER
  FROM (${records}) GROUP BY ALL ORDER BY 3 DESC NULLS LAST, reason, type LIMIT ${maxGroups}`;

const recordsSql = `SELECT reason, type, record_key, strftime(received_time AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%gZ'), sdk, to_json(errors)::VARCHAR
  FROM (${records}) WHERE NOT is_replayed AND NOT superseded
  QUALIFY row_number() OVER (PARTITION BY reason, type ORDER BY received_time DESC, record_key) <= ${maxRecords}
  ORDER BY received_time DESC, record_key`;

/** What is in quarantine; undefined while the warehouse cannot tell. However many pages ask, one answer serves all. */
export function makeLiveQuarantine(warehouse: QuerySource, clock: Clock) {
  let last: Promise<readonly RefusedGroup[] | undefined> | undefined;
  let isRunning = false;
  let againAtMillis = Number.NEGATIVE_INFINITY;

  async function read(): Promise<readonly RefusedGroup[] | undefined> {
    const startedMillis = clock.nowMillis();
    isRunning = true;
    try {
      return await readGroups(warehouse);
    } finally {
      const nowMillis = clock.nowMillis();
      againAtMillis = nowMillis + Math.max(minAgeMillis, (nowMillis - startedMillis) * restFactor);
      isRunning = false;
    }
  }

  return {
    groups(): Promise<readonly RefusedGroup[] | undefined> {
      if (last === undefined || (!isRunning && clock.nowMillis() >= againAtMillis)) last = read();
      return last;
    },
    /** Something was done to it: the next question reads it. */
    changed(): void {
      againAtMillis = Number.NEGATIVE_INFINITY;
    },
  };
}

async function readGroups(warehouse: QuerySource): Promise<readonly RefusedGroup[] | undefined> {
  const [groups, records] = [await ask(warehouse, groupsSql), await ask(warehouse, recordsSql)];
  if (groups === undefined || records === undefined) return undefined;
  const byGroup = Map.groupBy(records, ([reason, type]) => JSON.stringify([reason, type]));
  return groups.map(([reason, type, events, replayed, superseded]) => ({
    reason: String(reason),
    ...(typeof type === 'string' ? { type } : {}),
    events: Number(events ?? 0),
    replayed: Number(replayed),
    superseded: Number(superseded),
    records: (byGroup.get(JSON.stringify([reason, type])) ?? []).map(recordOf),
  }));
}

function recordOf([, , key, receivedTime, sdk, errors]: readonly JsonValue[]): RefusedRecord {
  const parts: JsonValue = JSON.parse(typeof errors === 'string' ? errors : '[]');
  return {
    key: String(key),
    receivedTime: String(receivedTime),
    ...(typeof sdk === 'string' ? { sdk } : {}),
    errors: Array.isArray(parts) ? parts.flatMap(partOf) : [],
  };
}

/** An older record may lack what a newer one tells. */
export function partOf(value: JsonValue): RefusedPart[] {
  if (!isJsonObject(value)) return [];
  const { path, keyword, expected } = value;
  const told = typeof expected === 'string' ? { expected } : {};
  return [{ path: typeof path === 'string' ? path : '', keyword: typeof keyword === 'string' ? keyword : '', ...told }];
}

async function ask(warehouse: QuerySource, sql: string): Promise<readonly (readonly JsonValue[])[] | undefined> {
  const outcome = await runReadOnlyQuery(warehouse, sql, limits);
  return outcome.kind === 'rows' ? outcome.rows : undefined;
}

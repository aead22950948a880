import type { JsonValue } from '../../../shared/event/json.ts';
import { tableName } from '../../../shared/event-types/table.ts';
import { datasets, quarantineTable } from '../../naming.ts';
import type { BrokenEvent } from './broken-events.ts';
import type { Ask } from './query-rows.ts';
import type { DemoRun } from './run.ts';

/** What the tables hold of one event type of this run. */
export interface TypeCounts {
  readonly type: string;
  /** Rows of the exact view. */
  readonly exactRows: number;
  /** Rows of the base table. */
  readonly baseRows: number;
  /**
   * Rows of the base table without those that are marked as a possible duplicate of another row: what dedup has let
   * through. An event all of whose rows are marked counts once.
   */
  readonly passedDedup: number;
}

export interface QuarantineCounts {
  readonly reason: string;
  /** Different events: a request that is sent again after a 503 can leave two rows of one. */
  readonly events: number;
}

/** Counts the run's rows, of all types in one statement. */
export async function countTypes(ask: Ask, run: DemoRun, types: readonly string[]): Promise<TypeCounts[]> {
  const selects = types.map((type) => {
    const table = tableName(type);
    const ofRun = `event_id LIKE '${run.idPrefix}%'`;
    return `SELECT '${type}' AS type,
  (SELECT COUNT(*) FROM ${datasets.exact}.${table} WHERE ${ofRun}) AS exact_rows,
  COUNT(*) AS base_rows,
  COUNT(CASE WHEN NOT possible_duplicate THEN 1 END)
    + COUNT(DISTINCT event_key) - COUNT(DISTINCT CASE WHEN NOT possible_duplicate THEN event_key END) AS passed_dedup
FROM ${datasets.raw}.${table} WHERE ${ofRun}`;
  });
  const { rows } = await ask(selects.join('\nUNION ALL\n'));
  return rows.map(([type, exactRows, baseRows, passedDedup]) => ({
    type: String(type),
    exactRows: count(exactRows),
    baseRows: count(baseRows),
    passedDedup: count(passedDedup),
  }));
}

/** Rows of the run in the base tables, for the progress bar. */
export async function countBaseRows(ask: Ask, run: DemoRun, types: readonly string[]): Promise<number> {
  const selects = types.map(
    (type) => `SELECT COUNT(*) AS n FROM ${datasets.raw}.${tableName(type)} WHERE event_id LIKE '${run.idPrefix}%'`,
  );
  const { rows } = await ask(`SELECT SUM(n) FROM (${selects.join(' UNION ALL ')})`);
  return count(rows[0]?.[0]);
}

/**
 * Counts the run's refused events. A quarantine row shows neither id nor data, so a broken event is known by what it
 * shows: a type of this run's own, or, of a known type, the run's own path of the fault since the run began.
 */
export async function countQuarantine(
  ask: Ask,
  run: DemoRun,
  broken: readonly BrokenEvent[],
): Promise<QuarantineCounts[]> {
  const marks = broken.map(({ mark }) =>
    mark.path === undefined ? `type = '${mark.type}'` : `(type = '${mark.type}' AND errors[1].path = '${mark.path}')`,
  );
  const { rows } = await ask(`SELECT reason, COUNT(DISTINCT type) AS events
FROM ${datasets.operations}.${quarantineTable}
WHERE received_time >= TIMESTAMPTZ '${new Date(run.startMillis).toISOString()}' AND (${marks.join(' OR ')})
GROUP BY reason ORDER BY reason`);
  return rows.map(([reason, events]) => ({ reason: String(reason), events: count(events) }));
}

function count(value: JsonValue | undefined): number {
  return typeof value === 'number' ? value : 0;
}

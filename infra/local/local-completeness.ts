import { defaultDedupConfig } from '../../functions/dedup/config.ts';
import { runReadOnlyQuery } from '../../shared/adapters/embedded/duckdb/query.ts';
import { rowObjects } from '../../shared/adapters/embedded/duckdb/row-objects.ts';
import { systemClock } from '../../shared/adapters/system-clock.ts';
import { asObject, type JsonObject } from '../../shared/event/json.ts';
import { readRegistry } from '../../shared/event-types/read-registry.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Registry } from '../../shared/ports/registry.ts';
import { Unavailable } from '../../shared/ports/unavailable.ts';
import { completenessQuery } from '../completeness/completeness-query.ts';
import { freshnessQuery } from '../completeness/freshness-query.ts';
import { defaultHourSettings, hourMarkersQuery, hourStatesQuery } from '../completeness/hours-query.ts';
import type { TypesRead } from '../completeness/rows-of-types.ts';
import { completenessHours, completenessRuns, freshnessRuns } from '../completeness/tables.ts';
import { datasets } from '../naming.ts';
import { duckDb } from '../sql-dialect.ts';
import { localRegion } from './local-region.ts';
import type { LocalStorage } from './local-storage.ts';

interface LossRequest {
  /** Default: every type. */
  readonly type?: string;
  /** UTC days, YYYY-MM-DD, both included. */
  readonly from: string;
  readonly to: string;
}

interface HoursRequest {
  readonly type?: string;
  /** Ended hours, back from now. */
  readonly hours: number;
}

/** What the schedules of the cloud compute, on request: answers go into the tables of `operations`, too. */
export interface LocalCompleteness {
  /** Rows of `operations.completeness`; undefined where the registry has no such type. */
  loss(request: LossRequest): Promise<readonly JsonObject[] | undefined>;
  /** State of each hour, type and region; undefined as above. */
  hours(request: HoursRequest): Promise<readonly JsonObject[] | undefined>;
}

export interface LocalCompletenessOptions {
  readonly storage: Pick<LocalStorage, 'warehouse'> & { readonly databases: { readonly registry: Registry } };
  /** Default: the system's. */
  readonly clock?: Clock;
}

const limits = { maxRows: 100_000, timeoutMillis: 30_000 } as const;

export function makeLocalCompleteness({ storage, clock = systemClock }: LocalCompletenessOptions): LocalCompleteness {
  const { warehouse, databases } = storage;
  const dialect = duckDb;
  const { lookBackDays } = defaultDedupConfig;
  const asOf = () => dialect.timestamp(new Date(clock.nowMillis()).toISOString());

  async function ask(sql: string): Promise<JsonObject[]> {
    const outcome = await runReadOnlyQuery(warehouse, sql, limits);
    if (outcome.kind === 'refused') throw new Unavailable('warehouse', outcome.reason);
    return rowObjects(outcome);
  }

  async function fill(table: string, rows: readonly JsonObject[]): Promise<void> {
    const texts = rows.map((row) => JSON.stringify(row));
    const outcomes = await warehouse.append({ schema: datasets.operations, table }, texts);
    const refused = outcomes.find(({ kind }) => kind === 'refused');
    if (refused?.kind === 'refused') throw new Error(`${table}: ${refused.reason}`);
  }

  return {
    async loss({ type, from, to }) {
      const types = await wantedTypes(databases.registry, type);
      if (types === undefined) return undefined;
      const days = { firstDay: `DATE '${from}'`, lastDay: `DATE '${to}'` };
      const answers: JsonObject[] = [];
      for (const [, read] of types) {
        const question = { dialect, types: read, ...days, lookBackDays, asOf: asOf() };
        answers.push(...(await ask(`${completenessQuery(question)} ORDER BY day, type, sdk`)));
      }
      await fill(completenessRuns, answers);
      return answers;
    },
    async hours({ type, hours }) {
      const types = await wantedTypes(databases.registry, type);
      if (types === undefined) return undefined;
      for (const [, read] of types) {
        const question = { dialect, types: read, hours, asOf: asOf() };
        await fill(completenessHours, await ask(hourMarkersQuery(question)));
        await fill(freshnessRuns, await ask(freshnessQuery(question)));
      }
      const names = [...types.keys()];
      const settings = { dialect, retired: [], regions: [localRegion], hours, asOf: asOf(), ...defaultHourSettings };
      const states = await ask(`${hourStatesQuery({ ...settings, types: names })} ORDER BY hour, type, region`);
      return states.filter((state) => names.includes(String(state['type'])));
    },
  };
}

/** Where the rows of each type are; a statement a type, since a statement has a length. */
async function wantedTypes(
  registry: Registry,
  wanted: string | undefined,
): Promise<ReadonlyMap<string, TypesRead> | undefined> {
  const { revisions } = await readRegistry(registry);
  const types = new Map<string, TypesRead>();
  for (const { type, schema } of revisions) {
    const { stage } = asObject(schema['edi']);
    if (wanted !== undefined ? type !== wanted : stage === 'retired') continue;
    types.set(type, stage === 'alpha' ? { own: [], alpha: { only: [type] } } : { own: [type] });
  }
  return wanted !== undefined && types.size === 0 ? undefined : types;
}

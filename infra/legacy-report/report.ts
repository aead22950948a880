import { type ExportState, readState, weekOf } from '../../functions/export-legacy/export-state.ts';
import type { JsonObject } from '../../shared/event/json.ts';
import { legacyFilesPrefix } from '../../shared/needs/kinds.ts';
import { legacySdkPrefix } from '../../shared/sdks/legacy.ts';

/** What became of the files of one mapping. */
export interface MappingReport {
  readonly mapping: string;
  readonly files: number;
  /** Of the files: being exported, refused, and waiting for another mapping. */
  readonly running: number;
  readonly refusedFiles: number;
  readonly paused: number;
  /** Records by what became of them; `skipped` by the mapping's own words. */
  readonly records: number;
  readonly mapped: number;
  readonly skipped: number;
  readonly accepted: number;
  /** Bad records and refused events, by reason. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Of the accepted, events of the reported weeks that have no row of this binding; undefined without the tables. */
  readonly removed?: number;
}

/** How much of a type still comes the legacy way. */
export interface WeekShare {
  readonly type: string;
  /** Its Monday, UTC, YYYY-MM-DD. */
  readonly week: string;
  readonly events: number;
  readonly legacyEvents: number;
}

export interface LegacyReportData {
  readonly mappings: readonly MappingReport[];
  /** Every week of each type from the first on; undefined where the tables were not read. */
  readonly weeks?: readonly WeekShare[];
}

const weekMillis = 7 * 86_400_000;

/** The Mondays of this week and of those before it, the oldest first. */
export function lastWeeks(nowMillis: number, count: number): string[] {
  return Array.from({ length: count }, (_, at) => weekOf(nowMillis - (count - 1 - at) * weekMillis));
}

/** Shares of every week given, also of those without events; `rows` as `shareQuery` answers. */
export function weekShares(
  rows: readonly JsonObject[],
  types: readonly string[],
  weeks: readonly string[],
): WeekShare[] {
  const sums = new Map<string, { events: number; legacyEvents: number }>();
  for (const { type, week, legacy_sdk: sdk, events } of rows) {
    const key = `${String(type)} ${String(week)}`;
    const sum = sums.get(key) ?? { events: 0, legacyEvents: 0 };
    sum.events += Number(events);
    if (sdk !== '') sum.legacyEvents += Number(events);
    sums.set(key, sum);
  }
  const none = { events: 0, legacyEvents: 0 };
  return types.flatMap((type) => weeks.map((week) => ({ type, week, ...(sums.get(`${type} ${week}`) ?? none) })));
}

/**
 * The report of all exports (`states`, as export-legacy saves them) and of `rows` as `shareQuery` answers, undefined where
 * nobody may read them. What is on its way to its table has no row yet, and counts as removed until then.
 */
export function mappingReports(
  states: readonly JsonObject[],
  rows: readonly JsonObject[] | undefined,
  weeks: readonly string[],
): MappingReport[] {
  const read = states.map(readState).filter((state) => state !== undefined);
  const byMapping = Map.groupBy(read, ({ object }) => object.slice(legacyFilesPrefix.length).split('/')[0] ?? '');
  return [...byMapping]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([mapping, files]) => mappingReport(mapping, files, rows, weeks));
}

function mappingReport(
  mapping: string,
  files: readonly ExportState[],
  rows: readonly JsonObject[] | undefined,
  weeks: readonly string[],
): MappingReport {
  const inState = (state: ExportState['state']) => files.filter((file) => file.state === state).length;
  const sum = (name: 'records' | 'mapped' | 'skipped' | 'accepted') =>
    files.reduce((all, { counts }) => all + counts[name], 0);
  const reasons: Record<string, number> = {};
  for (const { counts } of files) {
    for (const [reason, count] of Object.entries(counts.reasons)) reasons[reason] = (reasons[reason] ?? 0) + count;
  }
  return {
    mapping,
    files: files.length,
    running: inState('running'),
    refusedFiles: inState('refused'),
    paused: inState('paused'),
    records: sum('records'),
    mapped: sum('mapped'),
    skipped: sum('skipped'),
    accepted: sum('accepted'),
    reasons,
    ...(rows === undefined ? {} : { removed: removedOf(mapping, files, rows, weeks) }),
  };
}

/** By type and week, since a mapping that was changed may have made more rows of one than its newest export accepted. */
function removedOf(
  mapping: string,
  files: readonly ExportState[],
  rows: readonly JsonObject[],
  weeks: readonly string[],
): number {
  const accepted = new Map<string, number>();
  for (const { counts } of files) {
    for (const [key, count] of Object.entries(counts.acceptedByWeek)) {
      if (weeks.includes(key.split(' ')[1] ?? '')) accepted.set(key, (accepted.get(key) ?? 0) + count);
    }
  }
  const own = rows.filter((row) => row['legacy_sdk'] === `${legacySdkPrefix}${mapping}`);
  const rowsOf = new Map(
    own.map((row) => [
      `${String(row['type'])} ${String(row['week'])}`,
      Number(row['events']) - Number(row['replayed_events']),
    ]),
  );
  return [...accepted].reduce((all, [key, count]) => all + Math.max(0, count - (rowsOf.get(key) ?? 0)), 0);
}

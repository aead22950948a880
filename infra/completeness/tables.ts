import { type Column, ownColumn } from '../../shared/event-types/column.ts';
import { datasets } from '../naming.ts';
import type { TableSpec, ViewSpec } from '../table-spec.ts';

/** Every time that completeness was computed; the view `completeness` shows the newest of each. */
export const completenessRuns = 'completeness_runs';
export const freshnessRuns = 'freshness_runs';
/** A row for each hour that is complete: what a pipeline waits for. */
export const completenessHours = 'completeness_hours';

const computedTime = ownColumn(
  'computed_time',
  'TIMESTAMP',
  'REQUIRED',
  'When this was computed; what came later is not in it',
);
const region = ownColumn('region', 'STRING', 'NULLABLE', 'Where ingest received them; null for rows that do not tell');
const count = (name: string, description: string) => ownColumn(name, 'INT64', 'REQUIRED', description);

/** Of a type, SDK and UTC day of the event's own time. */
const completenessColumns: readonly Column[] = [
  ownColumn('day', 'DATE', 'REQUIRED', "UTC day of the events' own time; of refused events, of their receipt"),
  ownColumn('type', 'STRING', 'REQUIRED', 'The event type'),
  ownColumn('sdk', 'STRING', 'REQUIRED', 'The SDK binding; empty for refused events whose key tells none'),
  count('received', 'Events, each once'),
  count(
    'late_hour',
    'Of these, received an hour or more after they happened, by the corrected time where there is one',
  ),
  count('late_day', 'A day or more'),
  count('late_week', 'Seven days or more'),
  count('sources', 'Installations that they are from'),
  count('unnumbered', 'Events without a sequence, of which nothing is known to be missing or not'),
  count('unnumbered_sources', 'Installations that sent such events'),
  count('bases', 'Numbers with none before them to compare with: what is missing before them is not measured'),
  count('ends', 'Numbers with none after them: what is missing after them is not measured'),
  count('repeated', 'Events whose number another event of the installation has: it was cloned or counts anew'),
  count('jumps', 'Numbers more than a million from the one before: a counter that was set, not events'),
  count('missing', 'Numbers missing just before those of the day'),
  count('refused', 'Events in quarantine, received that day and not replayed'),
  count('lost', 'Acknowledged events of the day that are gone: erased, objected, purged, expired'),
  count('unexplained', 'missing, less refused and lost'),
  count('may_come', 'Of the unexplained, how many may still come: as many as others came later than the day is old'),
  computedTime,
];

const freshnessColumns: readonly Column[] = [
  ownColumn('type', 'STRING', 'REQUIRED', 'The event type'),
  region,
  ownColumn('newest_received', 'TIMESTAMP', 'REQUIRED', 'When the newest event was received'),
  ownColumn('newest_row', 'TIMESTAMP', 'REQUIRED', 'When the newest row was made'),
  count('row_count', 'Rows of the last 24 hours, of events no older than that'),
  ownColumn('p50_seconds', 'FLOAT64', 'REQUIRED', 'From receipt to row, the median'),
  ownColumn('p99_seconds', 'FLOAT64', 'REQUIRED', 'From receipt to row, 99 of 100'),
  computedTime,
];

const hourColumns: readonly Column[] = [
  ownColumn('hour', 'TIMESTAMP', 'REQUIRED', 'Start of the hour of receipt'),
  ownColumn('type', 'STRING', 'REQUIRED', 'The event type'),
  ownColumn('region', 'STRING', 'REQUIRED', 'Where ingest received'),
  ownColumn('state', 'STRING', 'REQUIRED', 'complete: there were events; empty: there were none'),
  count('events', 'Rows of events received in the hour and at most a day old; a row delivered twice counts twice'),
  ownColumn('heartbeat_time', 'TIMESTAMP', 'NULLABLE', 'When the row of its heartbeat was made'),
  ownColumn('marked_time', 'TIMESTAMP', 'REQUIRED', 'When this marker was set'),
];

/** Kept so long: a year and some, to compare with the year before. */
const retentionDays = 400;

/** Tables of how complete events are; append-only, filled by `statements.ts`. */
export const completenessTables: readonly TableSpec[] = [
  {
    dataset: datasets.operations,
    table: completenessRuns,
    description: 'How complete days are, each time that it was computed',
    columns: completenessColumns,
    layout: { partitionColumn: 'day', retentionDays, clusterColumns: ['type', 'sdk'] },
  },
  {
    dataset: datasets.operations,
    table: freshnessRuns,
    description: 'How fresh tables are, each time that it was computed',
    columns: freshnessColumns,
    layout: { partitionColumn: 'computed_time', retentionDays, clusterColumns: ['type'] },
  },
  {
    dataset: datasets.operations,
    table: completenessHours,
    description: 'Hours that are complete: a marker for each type and region',
    columns: hourColumns,
    layout: { partitionColumn: 'hour', filterRequired: true, retentionDays, clusterColumns: ['type'] },
  },
];

/** The newest answers. */
export const completenessViews: readonly ViewSpec[] = [
  newest('completeness', 'How complete days are: the newest answer for each', completenessRuns, {
    columns: completenessColumns,
    of: ['day', 'type', 'sdk'],
  }),
  newest('freshness', 'How fresh tables are: the newest answer for each', freshnessRuns, {
    columns: freshnessColumns,
    of: ['type', 'region'],
  }),
];

function newest(
  view: string,
  description: string,
  table: string,
  { columns, of }: { readonly columns: readonly Column[]; readonly of: readonly string[] },
): ViewSpec {
  return {
    dataset: datasets.operations,
    view,
    description,
    query: (nameOf) => `SELECT ${columns.map(({ name }) => name).join(', ')}
FROM ${nameOf(datasets.operations, table)}
WHERE TRUE
QUALIFY ROW_NUMBER() OVER (PARTITION BY ${of.join(', ')} ORDER BY computed_time DESC) = 1`,
  };
}

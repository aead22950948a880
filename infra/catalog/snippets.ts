import type { JsonObject } from '../../shared/event/json.ts';
import type { Column } from '../../shared/event-types/column.ts';
import { envelopeColumns } from '../../shared/event-types/table.ts';
import { legacySdkPrefix } from '../../shared/sdks/legacy.ts';

/** More columns than this are no example but a list. */
const maxSelectedColumns = 12;

/** Where the events of a type are to be queried. */
export interface QueriedView {
  readonly view: string;
  /** The type, in a view that types in alpha share. */
  readonly type?: string;
}

/**
 * A query of the newest events that runs in BigQuery and in DuckDB alike, the columns of the payload by name. A shared
 * view has the payload as JSON, and the two read into JSON differently: there it is shown whole.
 */
export function newestEventsSql({ view, type }: QueriedView, payload: readonly Column[]): string {
  const taken = new Set(envelopeColumns.map(({ name }) => name));
  const paths = type === undefined ? scalarPaths(payload, 'data').slice(0, maxSelectedColumns) : ['data'];
  const selected = paths.map((path) => selectItem(path, taken));
  return [
    'SELECT',
    ['event_time', ...selected].map((column) => `  ${column}`).join(',\n'),
    `FROM ${view}`,
    `WHERE ${ofType(type)}event_time >= CURRENT_TIMESTAMP - INTERVAL 1 DAY`,
    'ORDER BY event_time DESC',
    'LIMIT 100',
  ].join('\n');
}

/** How many events a day, and from how many installations. */
export function countPerDaySql({ view, type }: QueriedView): string {
  return [
    'SELECT CAST(event_time AS DATE) AS day, COUNT(*) AS events, COUNT(DISTINCT source) AS sources',
    `FROM ${view}`,
    `WHERE ${ofType(type)}event_time >= CURRENT_TIMESTAMP - INTERVAL 7 DAY`,
    'GROUP BY 1',
    'ORDER BY 1',
  ].join('\n');
}

/** Weeks that the share of legacy files is told of: a quarter. */
export const legacyShareWeeks = 13;

/** Which share of a week's events still came as legacy files. */
export function legacySharePerWeekSql({ view, type }: QueriedView): string {
  const isLegacy = `sdk LIKE '${legacySdkPrefix}%'`;
  return [
    'SELECT DATE_TRUNC(CAST(event_time AS DATE), ISOWEEK) AS week, COUNT(*) AS events,',
    `  COUNTIF(${isLegacy}) AS legacy_events,`,
    `  ROUND(100 * COUNTIF(${isLegacy}) / COUNT(*), 1) AS legacy_percent`,
    `FROM ${view}`,
    `WHERE ${ofType(type)}event_time >= CURRENT_TIMESTAMP - INTERVAL ${7 * legacyShareWeeks} DAY`,
    'GROUP BY 1',
    'ORDER BY 1',
  ].join('\n');
}

/** A type's name is of letters, digits, "-" and ".". */
function ofType(type: string | undefined): string {
  return type === undefined ? '' : `type = '${type}' AND `;
}

/** Paths of what holds one value; repeated values need UNNEST, whose spelling differs between the two. */
function scalarPaths(columns: readonly Column[], prefix: string): string[] {
  return columns.flatMap(({ name, type, mode, fields = [] }) => {
    if (mode === 'REPEATED') return [];
    return type === 'RECORD' ? scalarPaths(fields, `${prefix}.${name}`) : [`${prefix}.${name}`];
  });
}

/** With an alias where the last part of the path names another column already: no result may hold a name twice. */
function selectItem(path: string, taken: Set<string>): string {
  const parts = path.split('.');
  const candidates = parts.map((_, at) => parts.slice(parts.length - 1 - at).join('_'));
  const name = candidates.find((candidate) => !taken.has(candidate));
  if (name === undefined) return path;
  taken.add(name);
  return name === parts.at(-1) ? path : `${path} AS ${name}`;
}

export interface CurlLine {
  readonly ingestUrl: string;
  readonly type: string;
  readonly data: JsonObject;
  /** Used where the shell has none in EDI_KEY. */
  readonly exampleKey: string;
}

/** A UUID of version 4 in any POSIX shell: `uuidgen` is missing on many machines, and makes version 1 on some. */
const shellUuid = String.raw`od -An -N16 -tx1 /dev/urandom | tr -d ' \n' | sed 's/\(.\{8\}\)\(....\).\(...\).\(...\)/\1-\2-4\3-8\4-/'`;

/**
 * A `curl` line for a POSIX shell that sends one event that happens when it is run: id and time are the shell's, so that
 * a second run is another event. Its id is a UUID, which the column `event_id` shows.
 */
export function curlLine({ ingestUrl, type, data, exampleKey }: CurlLine): string {
  const event = { specversion: '1.0', id: '\u0000id', source: 'my-terminal', type, time: '\u0000time', data };
  // An apostrophe would end the shell's quoting; JSON can spell it differently.
  const body = JSON.stringify(event, null, 2)
    .replaceAll("'", '\\u0027')
    .replace('\\u0000id', () => `'"$(${shellUuid})"'`)
    .replace('\\u0000time', () => `'"$(date -u +%Y-%m-%dT%H:%M:%SZ)"'`);
  return [
    `curl -s ${ingestUrl}/v1/events \\`,
    `  -H "authorization: Bearer \${EDI_KEY:-${exampleKey}}" \\`,
    `  -H 'content-type: application/cloudevents+json' \\`,
    `  -d '${body}'`,
  ].join('\n');
}

import type { JsonObject } from '../../shared/event/json.ts';
import { newUuidV7 } from '../../shared/event/uuid.ts';
import { alphaSink } from '../../shared/event-types/alpha.ts';
import { type EventSchema, readEventSchema } from '../../shared/event-types/event-schema.ts';
import { readRegistry } from '../../shared/event-types/read-registry.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { ObjectStore } from '../../shared/ports/object-store.ts';
import type { Random } from '../../shared/ports/random.ts';
import type { Registry } from '../../shared/ports/registry.ts';
import type { TableStatement, TableStatements } from '../../shared/ports/table-statements.ts';
import { Unavailable } from '../../shared/ports/unavailable.ts';
import { archivedTopic, findFiles, removeFiles } from './archive.ts';
import type { ScrubPropertyConfig } from './config.ts';
import type { ScrubRequest } from './request.ts';
import {
  countHolding,
  countRecords,
  countUnfit,
  deleteRecords,
  emptyUnfit,
  lastMade,
  noteScrub,
  type Received,
  type ScrubbedTable,
  type ScrubNote,
  scrubRows,
  tablesOf,
} from './statements.ts';
import { findValuePath, type ValuePath } from './value-path.ts';

export interface ScrubPorts {
  readonly registry: Pick<Registry, 'read'>;
  readonly statements: TableStatements;
  /** Of the raw archive; asked only where `hasRawArchive`. */
  readonly files: Pick<ObjectStore, 'list' | 'remove'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly config: ScrubPropertyConfig;
}

export type ScrubOutcome =
  | { readonly kind: 'scrubbed'; readonly receipt: JsonObject; readonly counts: NonNullable<ScrubNote['counts']> }
  /** Nothing can be scrubbed so; for people. */
  | { readonly kind: 'refused'; readonly problem: string };

interface ScrubbedType {
  readonly schema: EventSchema;
  readonly path: ValuePath;
}

/** What one place has, or lost. */
interface Part {
  readonly part: 'quarantine' | 'unfit rows' | 'table' | 'archive';
  readonly of: string;
  readonly count: number;
  /** Something was in the way; asking again does it. */
  readonly waits?: string;
  readonly bytes?: number;
  readonly note?: string;
}

const dayMillis = 86_400_000;
const iso = (millis: number) => new Date(millis).toISOString();

/**
 * Takes the values of a property out of everything that was stored of events of a type received within a span, and says what
 * it did and what still waits; a dry run says what it would do. The quarantine goes first, so that no replay brings anything
 * back. All of it can be repeated. Rejects with `Unavailable`: what is done is not undone, and the ledger has who asked.
 */
export async function scrub(request: ScrubRequest, caller: string, ports: ScrubPorts): Promise<ScrubOutcome> {
  const { clock, random, statements } = ports;
  const found = await findTypes(request, ports);
  if (typeof found === 'string') return { kind: 'refused', problem: found };
  const id = newUuidV7(clock, random);
  const types = found.map(({ schema }) => schema.edi.type);
  const note = async (of: Pick<ScrubNote, 'state' | 'counts'>) => {
    if (request.dryRun) return;
    const row = noteScrub({ ...request, ...of, id, nowMillis: clock.nowMillis(), caller, types });
    const { kind } = await statements.change(row);
    if (kind !== 'done') throw new Unavailable('table-statements', `the ledger of scrubs was not written: ${kind}`);
  };
  await note({ state: 'begun' });
  const parts: Part[] = [];
  for (const type of found) parts.push(...(await scrubType(type, request, ports)));
  const isWaiting = parts.some(({ waits }) => waits !== undefined);
  const counts = countsOf(parts);
  await note({ state: isWaiting ? 'waits' : 'done', counts });
  const receipt = {
    id,
    time: iso(clock.nowMillis()),
    dryRun: request.dryRun,
    types,
    property: request.property,
    from: iso(request.fromMillis),
    to: iso(request.toMillis),
    state: request.dryRun ? 'dry run' : isWaiting ? 'waits' : 'done',
    ...counts,
    bytes: bytesOf(parts),
    parts: parts.map((part): JsonObject => ({ ...part })),
    unknownRecords: await counted(countRecords('unknown', request), statements),
    late: lateRows(found, request, ports),
  };
  return { kind: 'scrubbed', receipt, counts };
}

function countsOf(parts: readonly Part[]) {
  const sum = (name: Part['part']) =>
    parts.filter(({ part }) => part === name).reduce((total, { count }) => total + count, 0);
  return { rows: sum('table'), records: sum('quarantine'), unfit: sum('unfit rows'), files: sum('archive') };
}

/** Null where no engine said how many a statement reads. */
function bytesOf(parts: readonly Part[]): number | null {
  const told = parts.flatMap(({ bytes }) => bytes ?? []);
  return told.length === 0 ? null : told.reduce((total, bytes) => total + bytes, 0);
}

/** The types that are named, with where the property is in each; otherwise why there are none. */
async function findTypes(
  { type, property }: ScrubRequest,
  { registry }: ScrubPorts,
): Promise<readonly ScrubbedType[] | string> {
  const { revisions } = await readRegistry(registry);
  const named = revisions.filter((one) => one.type === type || one.type.startsWith(`${type}.v`));
  if (named.length === 0) return `no type ${type} is active here`;
  const found: ScrubbedType[] = [];
  let problem = `no type ${type} can be read`;
  for (const { schema: document } of named) {
    const read = readEventSchema(document);
    if (read.kind === 'bad') continue;
    const path = findValuePath(read.eventSchema.payload.columns, property);
    if (path.kind === 'none') problem = `${read.eventSchema.edi.type}: ${path.problem}`;
    else found.push({ schema: read.eventSchema, path: path.path });
  }
  return found.length === 0 ? problem : found;
}

/** Its places, in the order in which they are scrubbed. */
async function scrubType({ schema, path }: ScrubbedType, request: ScrubRequest, ports: ScrubPorts): Promise<Part[]> {
  const { type, stage } = schema.edi;
  const { statements } = ports;
  const work = (count: TableStatement, change: TableStatement) => counting(count, change, request, statements);
  const parts: Part[] = [
    {
      part: 'quarantine',
      of: type,
      ...(await work(countRecords(type, request), deleteRecords(type, request))),
      note: 'records are encrypted, so they are deleted whole, and never replayed',
    },
    {
      part: 'unfit rows',
      of: type,
      ...(await work(countUnfit(type, request), emptyUnfit(type, request))),
      note: 'rows that their table did not take lose their payload there',
    },
  ];
  for (const table of tablesOf(type, stage === 'alpha', path)) {
    const done = await work(countHolding(table, request), scrubRows(table, request));
    parts.push({
      part: 'table',
      of: `events_raw.${table.table}${table.table === alphaSink ? ` of ${type}` : ''}`,
      ...done,
    });
    if (ports.config.hasRawArchive) parts.push(...(await scrubArchive(table, request, ports)));
  }
  return parts;
}

/** Counts, or changes. A table that is not there holds nothing. */
async function counting(
  count: TableStatement,
  change: TableStatement,
  { dryRun }: ScrubRequest,
  statements: TableStatements,
): Promise<Pick<Part, 'count' | 'waits' | 'bytes'>> {
  if (!dryRun) {
    const outcome = await statements.change(change);
    if (outcome.kind === 'busy') return { count: 0, waits: 'others change the table, or its rows are too new' };
    return { count: outcome.kind === 'done' ? outcome.rows : 0 };
  }
  const bytes = await statements.bytesOf(change);
  return { count: await counted(count, statements), ...(bytes === undefined ? {} : { bytes }) };
}

async function counted(statement: TableStatement, statements: TableStatements): Promise<number> {
  const outcome = await statements.count(statement);
  return outcome.kind === 'done' ? outcome.rows : 0;
}

/** Files of what was made of the events, from their receipt until the last of their rows; none where there is no row. */
async function scrubArchive(
  table: ScrubbedTable,
  request: ScrubRequest,
  { files, config, statements }: ScrubPorts,
): Promise<Part[]> {
  const madeMillis = await counted(lastMade(table, request), statements);
  if (madeMillis === 0) return [];
  const topic = archivedTopic(table);
  const toMillis = Math.max(request.toMillis, madeMillis);
  const { names, more } = await findFiles({ topic, fromMillis: request.fromMillis, toMillis }, { files, config });
  if (!request.dryRun) await removeFiles(names, { files, config });
  const others = table.table === alphaSink ? ', those of other types in alpha included' : '';
  const note = `files from ${iso(request.fromMillis)} to ${iso(toMillis)} are deleted whole, with all rows in them${others}`;
  const waits = more ? { waits: `more than ${config.maxFiles} files` } : {};
  return [{ part: 'archive', of: topic, count: names.length, note, ...waits }];
}

/** Until when what was received within the span may still become a row, and what is in the way of that. */
function lateRows(found: readonly ScrubbedType[], { toMillis }: Received, { clock, config }: ScrubPorts): JsonObject {
  const storing = found.filter(({ path }) => !path.isDropped).map(({ schema }) => schema.edi.type);
  const { purgeAfterDays, tableLinesDays } = config;
  // What a stage may still make a row of, then what a table may still take.
  const madeUntil = storing.length === 0 ? clock.nowMillis() : toMillis + purgeAfterDays * dayMillis;
  const until = Math.max(clock.nowMillis(), madeUntil) + tableLinesDays * dayMillis;
  return { until: iso(until), stillStoring: storing };
}

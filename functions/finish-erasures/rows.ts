import {
  countPseudonyms,
  lastSweep,
  latestCutoff,
  noteSweep,
  type Swept,
} from '../../shared/erasure/erasure-statements.ts';
import {
  countSharedRows,
  type EventTable,
  type RowsOfType,
  rowStatements,
} from '../../shared/erasure/row-statements.ts';
import { alphaSink } from '../../shared/event-types/alpha.ts';
import { readEventSchema } from '../../shared/event-types/event-schema.ts';
import { readRegistry } from '../../shared/event-types/read-registry.ts';
import { tableName } from '../../shared/event-types/table.ts';
import type { RowsErasure } from '../../shared/ports/erasures.ts';
import type { Registry } from '../../shared/ports/registry.ts';
import type { StatementOutcome, TableStatement } from '../../shared/ports/table-statements.ts';
import { Unavailable } from '../../shared/ports/unavailable.ts';
import type { FinishPorts } from './stage.ts';

export interface RowsPorts extends FinishPorts {
  readonly registry: Registry;
}

export type RowsOutcome =
  | { readonly kind: 'nothing-due' }
  | { readonly kind: 'swept'; readonly rows: number }
  /** The time of the call was over before the last table; the next call does the others. */
  | { readonly kind: 'goes-on'; readonly rows: number; readonly tables: number }
  /** Tables could not be changed, the first of them for this reason; the next call tries again. */
  | { readonly kind: 'waits'; readonly rows: number; readonly tables: number; readonly why: string };

const hourMillis = 3_600_000;

/**
 * Unlinks or deletes the rows of those whose erasure asked for it, table by table and for all of them at once: where a cutoff
 * has passed since a table was swept, and then about daily until no row of before can come, when the erasures' table
 * forgets the pseudonyms. Each table is noted by itself, so that a call goes on where the one before has ended; when all
 * are done the sweep is noted as of its first table, and receipts count on that. Rejects with `Unavailable`.
 */
export async function sweepRowsIfDue(ports: RowsPorts): Promise<RowsOutcome> {
  const { clock, config } = ports;
  const startedAtMillis = clock.nowMillis();
  const cutoffMillis = await count(ports, latestCutoff(startedAtMillis));
  if (cutoffMillis === 0) return { kind: 'nothing-due' };
  const isDue = (lastMillis: number) =>
    lastMillis < cutoffMillis || startedAtMillis - lastMillis >= config.sweepEveryHours * hourMillis;
  if (!isDue(await count(ports, lastSweep('rows')))) return { kind: 'nothing-due' };
  const [wanted, tables] = await Promise.all([wantedOf(ports), eventTables(ports)]);
  let rows = 0;
  let begunMillis = startedAtMillis;
  const waiting: string[] = [];
  let late = 0;
  for (const one of tables) {
    const lastMillis = await count(ports, lastSweep(sweepOf(one.table)));
    if (!isDue(lastMillis)) {
      begunMillis = Math.min(begunMillis, lastMillis);
      continue;
    }
    if (clock.nowMillis() - startedAtMillis >= config.maxCallSeconds * 1_000) {
      late += 1;
      continue;
    }
    const swept = await sweepTable(one, wanted, ports);
    if (typeof swept === 'string') waiting.push(swept);
    else rows += swept;
  }
  const [why] = waiting;
  if (why !== undefined) return { kind: 'waits', rows, tables: waiting.length, why };
  if (late > 0) return { kind: 'goes-on', rows, tables: late };
  await done(ports, noteSweep('rows', begunMillis, rows));
  return { kind: 'swept', rows };
}

function sweepOf(table: string): Swept {
  return `rows:${table}`;
}

async function count({ statements }: RowsPorts, statement: TableStatement): Promise<number> {
  const outcome = await statements.count(statement);
  return outcome.kind === 'done' ? outcome.rows : 0;
}

async function done({ statements }: RowsPorts, statement: TableStatement): Promise<void> {
  const { kind } = await statements.change(statement);
  if (kind !== 'done') throw new Unavailable('table-statements', `a sweep could not be noted: ${kind}`);
}

async function wantedOf(ports: RowsPorts): Promise<ReadonlySet<RowsErasure>> {
  const wanted = new Set<RowsErasure>();
  for (const what of ['unlink', 'rows'] as const) if ((await count(ports, countPseudonyms(what))) > 0) wanted.add(what);
  return wanted;
}

/** How many rows were changed; or why it is to be tried again. A table that is not there has no rows. */
async function sweepTable(
  named: SweptTable,
  wanted: ReadonlySet<RowsErasure>,
  ports: RowsPorts,
): Promise<number | string> {
  const { statements, clock } = ports;
  const begunMillis = clock.nowMillis();
  if (named.kind === 'unreadable') return `${named.table}: its schema cannot be read`;
  const of = named.kind === 'own' ? named : await withRows(named, ports);
  let rows = 0;
  for (const statement of rowStatements(of, wanted)) {
    const outcome: StatementOutcome = await statements.change(statement);
    if (outcome.kind === 'busy') return `${of.table}: busy`;
    if (outcome.kind === 'no-table') break;
    rows += outcome.rows;
  }
  await done(ports, noteSweep(sweepOf(of.table), begunMillis, rows));
  return rows;
}

/** A table whose type this release cannot read says so with every sweep, and no receipt is done before it can. */
type SweptTable = EventTable | { readonly kind: 'unreadable'; readonly table: string };

/** Every table of a type, and what types in alpha share. */
async function eventTables(ports: RowsPorts): Promise<readonly SweptTable[]> {
  const { revisions } = await readRegistry(ports.registry);
  const tables: SweptTable[] = [];
  const types: RowsOfType[] = [];
  for (const { type, schema } of revisions) {
    const read = readEventSchema(schema);
    if (read.kind !== 'schema') {
      tables.push({ kind: 'unreadable', table: tableName(type) });
      continue;
    }
    const { edi, payload } = read.eventSchema;
    types.push({ type, columns: payload.columns });
    if (edi.stage !== 'alpha') tables.push({ kind: 'own', table: tableName(type), columns: payload.columns });
  }
  return [...tables, { kind: 'shared', table: alphaSink, types }];
}

/** Of the types those that have rows in the shared table: they are in alpha, or were. */
async function withRows(shared: EventTable & { readonly kind: 'shared' }, ports: RowsPorts): Promise<EventTable> {
  const types: RowsOfType[] = [];
  for (const one of shared.types) if ((await count(ports, countSharedRows(one.type))) > 0) types.push(one);
  return { ...shared, types };
}

import type { AlphaRows, TableComments, Warehouse } from '../../shared/adapters/embedded/duckdb/tables.ts';
import type { Column } from '../../shared/event-types/column.ts';
import { datasets } from '../naming.ts';
import { duckDb } from '../sql-dialect.ts';
import type { ExactViewSpec, TableSpec, Topology } from '../topology.ts';

/** Of a topology, what is in the warehouse. */
type LocalTables = Pick<Topology, 'tables' | 'views' | 'typeViews'>;

/**
 * What a process has made of tables and views already, by name, as JSON of what they are made of. Every event type's topology
 * names all of them, and DuckDB takes milliseconds for each that is there.
 */
export type MadeTables = Map<string, string>;

interface MakingTables {
  readonly made?: MadeTables;
  /** Name of the table of events that is made anew where it does not fit. */
  readonly renewed?: string | undefined;
}

/**
 * Makes the topology's tables and views, and says in comments what is in them. Rejects with a `TableChangeError` when a
 * table would lose or retype a column, but for the one that may be renewed.
 */
export async function ensureTables(
  warehouse: Warehouse,
  { tables, views, typeViews }: LocalTables,
  { made = new Map(), renewed }: MakingTables = {},
): Promise<void> {
  const comments: TableComments[] = [];
  for (const declared of tables) {
    const { dataset, table, description, columns, exactView: view } = declared;
    const recipe = JSON.stringify([description, columns, view]);
    const names = [nameOf(dataset, table), ...(view === undefined ? [] : [nameOf(view.dataset, view.view)])];
    if (names.every((name) => made.get(name) === recipe)) continue;
    const isNew = await ensureTable(warehouse, declared, { renew: dataset === datasets.raw && table === renewed });
    comments.push(...commentsOf(declared, isNew));
    for (const name of names) made.set(name, recipe);
  }
  const allViews = [
    ...views.map(({ query, ...view }) => ({ ...view, columns: [], sql: query(nameOf) })),
    ...typeViews.map(({ query, ...view }) => ({ ...view, sql: query(duckDb) })),
  ];
  for (const { dataset, view, description, columns, sql } of allViews) {
    const name = nameOf(dataset, view);
    const recipe = JSON.stringify([description, columns, sql]);
    if (made.get(name) === recipe) continue;
    const ensured = await warehouse.ensureView({ schema: dataset, table: view }, sql);
    if (ensured.kind === 'refused') throw new TableChangeError(dataset, view, ensured.reason);
    comments.push({ kind: 'view', schema: dataset, table: view, description, columns, isNew: true });
    made.set(name, recipe);
  }
  await warehouse.comment(comments);
}

/** Of the table and its exact view, whose columns are the same. A view is made anew each time, and has no comments then. */
function commentsOf({ dataset, table, description, columns, exactView }: TableSpec, isNew: boolean): TableComments[] {
  const own: TableComments = { kind: 'table', schema: dataset, table, description, columns, isNew };
  if (exactView === undefined) return [own];
  return [own, { ...own, kind: 'view', schema: exactView.dataset, table: exactView.view, isNew: true }];
}

/** Whether it was made now. */
async function ensureTable(
  warehouse: Warehouse,
  declared: TableSpec,
  how: { readonly renew: boolean },
): Promise<boolean> {
  const { dataset, table, columns, exactView } = declared;
  const name = { schema: dataset, table };
  const ensured = await warehouse.ensureTable({ ...name, columns }, how);
  if (ensured.kind === 'refused') throw new TableChangeError(dataset, table, ensured.reason);
  const isNew = ensured.kind === 'created';
  if (exactView === undefined) return isNew;
  const view = { schema: exactView.dataset, table: exactView.view };
  const viewed = await warehouse.ensureExactView({
    table: name,
    view,
    columns: columns.map((column) => column.name),
    ...alphaRowsOf(exactView, columns),
  });
  if (viewed.kind === 'refused') throw new TableChangeError(view.schema, view.table, viewed.reason);
  return isNew;
}

function nameOf(dataset: string, table: string): string {
  return `${dataset}.${table}`;
}

function alphaRowsOf({ alphaRows }: ExactViewSpec, columns: readonly Column[]): { alphaRows?: AlphaRows } {
  if (alphaRows === undefined) return {};
  const { dataset, table, type } = alphaRows;
  const data = columns.find(({ name }) => name === 'data');
  return { alphaRows: { table: { schema: dataset, table }, type, ...(data === undefined ? {} : { data }) } };
}

/** A schema that does not fit the table that its earlier revision made. */
export class TableChangeError extends Error {
  override readonly name = 'TableChangeError';
  readonly dataset: string;
  readonly table: string;

  constructor(dataset: string, table: string, reason: string) {
    super(`table ${dataset}.${table}: ${reason}. Make it a new major version, or begin anew with another --data`);
    this.dataset = dataset;
    this.table = table;
  }
}

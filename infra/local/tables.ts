import type { AlphaRows, TableComments, Warehouse } from '../../shared/adapters/embedded/duckdb/tables.ts';
import type { Column } from '../../shared/event-types/column.ts';
import { duckDb } from '../sql-dialect.ts';
import type { ExactViewSpec, TableSpec, Topology } from '../topology.ts';

/** Of a topology, what is in the warehouse. */
type LocalTables = Pick<Topology, 'tables' | 'views' | 'typeViews'>;

/** Makes the topology's tables and views, and says in comments what is in them. Rejects with an error for people when a table would lose or retype a column. */
export async function ensureTables(warehouse: Warehouse, { tables, views, typeViews }: LocalTables): Promise<void> {
  for (const { dataset, table, columns, exactView } of tables) {
    const name = { schema: dataset, table };
    const made = await warehouse.ensureTable({ ...name, columns });
    if (made.kind === 'refused') throw new TableChangeError(dataset, table, made.reason);
    if (exactView === undefined) continue;
    const view = { schema: exactView.dataset, table: exactView.view };
    const viewed = await warehouse.ensureExactView({
      table: name,
      view,
      columns: columns.map((column) => column.name),
      ...alphaRowsOf(exactView, columns),
    });
    if (viewed.kind === 'refused') throw new TableChangeError(view.schema, view.table, viewed.reason);
  }
  for (const { dataset, view, query } of views) {
    const made = await warehouse.ensureView({ schema: dataset, table: view }, query(nameOf));
    if (made.kind === 'refused') throw new TableChangeError(dataset, view, made.reason);
  }
  for (const { dataset, view, query } of typeViews) {
    const made = await warehouse.ensureView({ schema: dataset, table: view }, query(duckDb));
    if (made.kind === 'refused') throw new TableChangeError(dataset, view, made.reason);
  }
  await warehouse.comment([
    ...tables.flatMap(commentsOf),
    ...views.map(
      ({ dataset, view, description }) =>
        ({ kind: 'view', schema: dataset, table: view, description, columns: [] }) as const,
    ),
    ...typeViews.map(
      ({ dataset, view, description, columns }) =>
        ({ kind: 'view', schema: dataset, table: view, description, columns }) as const,
    ),
  ]);
}

/** Of the table and its exact view, whose columns are the same. */
function commentsOf({ dataset, table, description, columns, exactView }: TableSpec): TableComments[] {
  const own: TableComments = { kind: 'table', schema: dataset, table, description, columns };
  if (exactView === undefined) return [own];
  return [own, { ...own, kind: 'view', schema: exactView.dataset, table: exactView.view }];
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

  constructor(dataset: string, table: string, reason: string) {
    super(
      `table ${dataset}.${table}: ${reason}. Make it a new major version, or start with another --data or --ephemeral.`,
    );
  }
}

import type { BigQuery, TableField } from '@google-cloud/bigquery';
import { type BigQueryField, bigQueryFields } from '../../../infra/bigquery-table.ts';
import { exactViewQuery } from '../../../infra/exact-view.ts';
import { datasets } from '../../../infra/naming.ts';
import type { TableSpec } from '../../../infra/topology.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../shared/event/json.ts';
import type { Column } from '../../../shared/event-types/column.ts';

export const projectId = 'demo';
const rowsOfInsert = 200;

/** Makes datasets, tables and views anew, with the types and the SQL that Terraform declares. */
export async function declareTables(bigQuery: BigQuery, tables: readonly TableSpec[]): Promise<void> {
  for (const dataset of Object.values(datasets)) {
    await bigQuery
      .dataset(dataset)
      .delete({ force: true })
      .catch(() => undefined);
    await bigQuery.createDataset(dataset);
  }
  for (const { dataset, table, columns: declared, layout, exactView } of tables) {
    const columns = declared.map(emulatorColumn);
    await bigQuery.dataset(dataset).createTable(table, {
      schema: { fields: apiFields(bigQueryFields(columns)) },
      timePartitioning: { type: 'DAY', field: layout.partitionColumn },
      clustering: { fields: [...layout.clusterColumns] },
    });
    if (exactView === undefined) continue;
    const { alphaRows } = exactView;
    const query = exactViewQuery({ projectId, dataset, table, columns, ...(alphaRows ? { alphaRows } : {}) });
    await bigQuery.dataset(exactView.dataset).createTable(exactView.view, { view: { query, useLegacySql: false } });
  }
}

/** Field names that bqemulator 1.4 does not quote inside a RECORD, so that its own SQL breaks. BigQuery takes them. */
const unquoted = new Set(
  (
    'all analyze and any array as asc both case cast check collate column constraint create default desc describe ' +
    'distinct do else end except false fetch for foreign from group having in into lateral limit not null offset on ' +
    'only or order primary qualify references select show some table then to true union unique using when where window with'
  ).split(' '),
);
const emulatorName = (name: string) => (unquoted.has(name) ? `${name}_` : name);

function apiFields(fields: readonly BigQueryField[]): TableField[] {
  return fields.map(({ fields: nested, ...field }) => ({ ...field, ...(nested ? { fields: apiFields(nested) } : {}) }));
}

/** A column as the emulator can hold it. */
export function emulatorColumn({ fields, ...column }: Column): Column {
  const name = emulatorName(column.name);
  return { ...column, name, ...(fields ? { fields: fields.map(emulatorColumn) } : {}) };
}

function renamed(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(renamed);
  return isJsonObject(value) ? renamedRow(value) : value;
}

/** A row with the names of `emulatorColumn`. */
export function renamedRow(row: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(row).map(([name, inner]) => [emulatorName(name), renamed(inner)]));
}

export interface Row {
  readonly dataset: string;
  readonly table: string;
  readonly row: JsonObject;
}

/** Inserts rows, in their order. */
export async function insertRows(bigQuery: BigQuery, rows: readonly Row[]): Promise<void> {
  for (const [name, ofTable] of Map.groupBy(rows, ({ dataset, table }) => `${dataset}.${table}`)) {
    const [dataset = '', table = ''] = name.split('.');
    for (let at = 0; at < ofTable.length; at += rowsOfInsert) {
      const raw = ofTable.slice(at, at + rowsOfInsert).map(({ row }) => ({ json: row }));
      await bigQuery.dataset(dataset).table(table).insert(raw, { raw: true });
    }
  }
}

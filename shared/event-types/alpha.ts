import { isJsonObject, type JsonObject, type JsonValue, readJson } from '../event/json.ts';
import type { Column } from './column.ts';
import type { PayloadColumns } from './columns.ts';
import type { EdiBlock } from './event-schema.ts';
import { envelopeColumns, tableName } from './table.ts';

/**
 * What the types in stage alpha share: their table and view are called so, and their topic `event.alpha`. No type has
 * this name, since a type's has three parts.
 */
export const alphaSink = 'alpha';

/** The shared table: the envelope, then whose payload `data` is. */
export const alphaColumns: readonly Column[] = [
  ...envelopeColumns,
  { name: 'type', property: 'type', type: 'STRING', mode: 'REQUIRED', description: 'The event type' },
  {
    name: 'data',
    property: 'data',
    type: 'JSON',
    mode: 'NULLABLE',
    description: 'The payload, in the shape of the RECORD that it becomes with promotion',
  },
];

type Sink = Pick<EdiBlock, 'type' | 'stage'>;

/** Whose topic the rows of a type go to: its own, or what alpha types share. */
export function sinkOf({ type, stage }: Sink): string {
  return stage === 'alpha' ? alphaSink : type;
}

/** The table that the rows of a type go to; the exact view has the same name. */
export function sinkTable({ type, stage }: Sink): string {
  return stage === 'alpha' ? alphaSink : tableName(type);
}

/** The columns of that table. */
export function sinkColumns({
  edi,
  columns,
}: {
  readonly edi: Sink;
  readonly columns: readonly Column[];
}): readonly Column[] {
  return edi.stage === 'alpha' ? alphaColumns : columns;
}

/**
 * The row of the shared table for a row of the type's own: `data` becomes JSON of the same shape. Treatments have been
 * applied by then, and properties without a column have gone. JSON columns are JSON in it, not text.
 */
export function alphaRow(type: string, payload: PayloadColumns, row: JsonObject): JsonObject {
  const { data, ...envelope } = row;
  return { ...envelope, type, data: alphaData(payload, data) };
}

/** Its `data`, of the RECORD. */
export function alphaData(payload: PayloadColumns, data: JsonValue | undefined): string {
  return JSON.stringify(isJsonObject(data) ? openRecord(payload.columns, data) : {});
}

function openRecord(columns: readonly Column[], record: JsonObject): JsonObject {
  return Object.fromEntries(
    columns.flatMap((column): [string, JsonValue][] => {
      const value = record[column.name];
      if (value === undefined) return [];
      return [[column.name, Array.isArray(value) ? value.map((item) => open(column, item)) : open(column, value)]];
    }),
  );
}

function open({ type, fields = [] }: Column, value: JsonValue): JsonValue {
  if (type === 'JSON' && typeof value === 'string') return readJson(value);
  return isJsonObject(value) ? openRecord(fields, value) : value;
}

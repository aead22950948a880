import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from '../../../shared/event/canonical-json.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../shared/event/json.ts';
import { parseInstant } from '../../../shared/event/time.ts';
import type { Column } from '../../../shared/schema-language/column.ts';
import { type EventSchema, readEventSchema } from '../../../shared/schema-language/event-schema.ts';
import { projectPayload } from '../../../shared/schema-language/project.ts';
import { compileValidator } from '../../../shared/schema-language/validator.ts';
import { anyJson, definitions, eventDataSample, mutate } from '../../helpers/event-data.ts';
import { schemaDocument } from '../../helpers/schemas.ts';
import { openTestWarehouse, rowsOf } from '../duckdb/fixture.ts';

/** Schemas that are tried, each with its own table and some events; ten times as many before a release. */
const schemas = Number(process.env['EDI_PROPERTY_SCHEMAS'] ?? 150);
const eventsOfSchema = 6;
/** A warehouse in memory holds no more tables than that. */
const tablesOfWarehouse = 500;

const envelope: JsonObject = {
  event_time: '2026-01-02T03:04:05.000006Z',
  received_time: '2026-01-02T03:05:00.000000Z',
  source: 'pseudonym',
  sdk: 'web',
  schema_revision: 1,
  possible_duplicate: false,
  beyond_lookback: false,
};

/** The row's `data`, its personal values settled, as pseudonymize makes it. */
function dataOf(schema: EventSchema, data: JsonObject): JsonObject {
  const { row, personalValues } = projectPayload(schema.payload, data, { realm: 'customer', subject: 'somebody' });
  for (const { plaintext, settle } of personalValues) settle(plaintext === undefined ? '' : `sealed:${plaintext}`);
  return row;
}

/** What is in a column, in a form that both sides can be compared by. */
function comparable(value: JsonValue | undefined, column: Column): JsonValue {
  if (column.mode === 'REPEATED') {
    const items = Array.isArray(value) ? value : [];
    return items.map((item) => comparable(item, { ...column, mode: 'NULLABLE' }));
  }
  if (value === undefined || value === null) return null;
  switch (column.type) {
    case 'RECORD':
      return Object.fromEntries(
        (column.fields ?? []).map((field) => [
          field.name,
          comparable(isJsonObject(value) ? value[field.name] : null, field),
        ]),
      );
    case 'TIMESTAMP':
      return canonicalJson({ ...(parseInstant(String(value)) ?? { text: value }) });
    case 'JSON':
      return canonicalJson(value);
    case 'INT64':
    case 'FLOAT64':
      // -0 is 0 to JSON, and to whoever compares.
      return Number(value) + 0;
    default:
      return value;
  }
}

/** JSON columns stand in the row as text, and in the warehouse's answer as what they hold. */
function asRead(value: JsonValue | undefined, column: Column): JsonValue | undefined {
  if (value === undefined || value === null) return value;
  if (column.mode === 'REPEATED' && Array.isArray(value)) {
    return value.map((item) => asRead(item, { ...column, mode: 'NULLABLE' }) ?? null);
  }
  if (column.type === 'JSON') return JSON.parse(String(value));
  if (column.type !== 'RECORD' || !isJsonObject(value)) return value;
  return Object.fromEntries(
    (column.fields ?? []).map((field) => [field.name, asRead(value[field.name], field) ?? null]),
  );
}

function count(columns: readonly Column[], counts: Map<string, number>): void {
  for (const { type, mode, fields = [] } of columns) {
    const kind = mode === 'REPEATED' ? `${type} REPEATED` : type;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    count(fields, counts);
  }
}

test(`rows of ${schemas} schemas fit the columns of their tables, and are there as they were sent`, {
  timeout: 3_600_000,
}, async () => {
  let warehouse = await openTestWarehouse();
  const counts = new Map<string, number>();
  const events = { accepted: 0, refused: 0 };
  let tables = 0;
  await fc.assert(
    fc.asyncProperty(
      eventDataSample.chain(({ schema, value }) =>
        fc.tuple(
          fc.constant(schema),
          fc.array(value, { minLength: eventsOfSchema, maxLength: eventsOfSchema }),
          fc.array(fc.tuple(fc.array(fc.nat(9), { minLength: 2, maxLength: 4 }), anyJson), {
            maxLength: eventsOfSchema,
          }),
        ),
      ),
      async ([data, values, changes]) => {
        const result = readEventSchema({ ...schemaDocument(), ...data, $defs: definitions });
        // Some combinations are refused: a treatment inside what becomes one JSON column.
        fc.pre(result.kind === 'schema');
        if (result.kind !== 'schema') return;
        const schema = result.eventSchema;
        const validate = compileValidator(schema.schema);
        const mutated = changes.map(([path, replacement], at) =>
          mutate(values[at % values.length] ?? {}, path, replacement),
        );
        const sent = [...values, ...mutated]
          .map((one): JsonValue => JSON.parse(JSON.stringify(one)))
          .filter(isJsonObject);
        const accepted = sent.filter((one) => validate(one) === undefined);
        events.accepted += accepted.length;
        events.refused += sent.length - accepted.length;
        const table = { schema: 'events_raw', table: `t_${++tables}` };
        if (tables % tablesOfWarehouse === 0) warehouse = await openTestWarehouse();
        await warehouse.ensureTable({ ...table, columns: schema.columns });
        count(schema.payload.columns, counts);
        const expected = accepted.map((one) => dataOf(schema, one));
        const rows = expected.map((row, at) => {
          const key = String(at).padStart(3, '0');
          return JSON.stringify({
            event_key: key,
            ...envelope,
            ...(schema.payload.columns.length > 0 ? { data: row } : {}),
          });
        });
        const outcomes = rows.length === 0 ? [] : await warehouse.append(table, rows);
        expect(outcomes.filter(({ kind }) => kind !== 'inserted')).toEqual([]);
        if (schema.payload.columns.length === 0 || rows.length === 0) return;
        const found = await rowsOf(warehouse, `SELECT data FROM events_raw.${table.table} ORDER BY event_key`);
        const column: Column = {
          name: 'data',
          property: 'data',
          type: 'RECORD',
          mode: 'NULLABLE',
          fields: schema.payload.columns,
        };
        expect(found.map(([row]) => comparable(row ?? null, column))).toEqual(
          expected.map((row) => comparable(asRead(row, column), column)),
        );
      },
    ),
    { numRuns: schemas, ...(process.env['EDI_SEED'] ? { seed: Number(process.env['EDI_SEED']) } : {}) },
  );
  process.stdout.write(`${JSON.stringify({ schemas, ...events, columns: Object.fromEntries(counts) })}\n`);
  expect(events.accepted).toBeGreaterThan(schemas);
});

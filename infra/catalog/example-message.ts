import type { JsonObject, JsonValue } from '../../shared/event/json.ts';
import { alphaRow } from '../../shared/event-types/alpha.ts';
import type { Column } from '../../shared/event-types/column.ts';
import { MappingMismatch, projectPayload } from '../../shared/event-types/project.ts';
import { envelopeColumns } from '../../shared/event-types/table.ts';
import { type CatalogType, fullestExample } from './catalog.ts';

/** Times that stand in examples of rows; any would do. */
const exampleTimes = { event_time: '2026-01-31T12:00:00.000000Z', received_time: '2026-01-31T12:00:01.250000Z' };

/**
 * One message of the type's topic: the row as JSON. Made by the code that makes the rows, from the fullest example; from
 * the columns alone where there is none. What only a key could tell is named in angle brackets.
 */
export function exampleMessage(type: CatalogType): JsonObject {
  const { edi, payload } = type.schema;
  const row = ownRow(type);
  return edi.stage === 'alpha' ? alphaRow(edi.type, payload, row) : row;
}

function ownRow(type: CatalogType): JsonObject {
  const { edi, payload } = type.schema;
  const envelope = envelopeRow(type);
  if (payload.columns.length === 0) return envelope;
  const data = fullestExample(type.examples);
  const row = data === undefined ? undefined : projectExample(type, data);
  if (row !== undefined) return { ...envelope, data: row };
  return { ...envelope, subject: pseudonymOf(edi.subjectRealm), data: placeholders(payload.columns) };
}

function envelopeRow({ schema: { edi }, active }: CatalogType): JsonObject {
  const values: Readonly<Record<string, JsonValue>> = {
    ...exampleTimes,
    event_key: '<event key>',
    event_id: '0196f3a2-7c1e-7d60-8a51-3f2c9be0d417',
    source: pseudonymOf('source'),
    subject: pseudonymOf(edi.subjectRealm),
    sdk: edi.sdks[0] ?? '',
    schema_revision: active?.revision ?? 1,
    possible_duplicate: false,
    beyond_lookback: false,
  };
  const row: JsonObject = {};
  for (const { name } of envelopeColumns) {
    const value = values[name];
    if (value !== undefined) row[name] = value;
  }
  return row;
}

/** Undefined for an example that the columns cannot hold, which the check of the schemas finds. */
function projectExample({ schema: { edi, payload } }: CatalogType, data: JsonObject): JsonObject | undefined {
  try {
    const subject = { realm: edi.subjectRealm, subject: 'example' };
    const { row, personalValues } = projectPayload(payload, data, subject, ({ realm }) => pseudonymOf(realm));
    for (const { subject: whose, plaintext, settle } of personalValues) {
      settle(plaintext === undefined ? '' : pseudonymOf(whose.realm));
    }
    return row;
  } catch (error) {
    if (error instanceof MappingMismatch) return undefined;
    throw error;
  }
}

function pseudonymOf(realm: string): string {
  return `<pseudonym of a ${realm}>`;
}

function placeholders(columns: readonly Column[]): JsonObject {
  const row: JsonObject = {};
  for (const { name, type, mode, fields = [] } of columns) {
    const value = type === 'RECORD' ? placeholders(fields) : `<${type}>`;
    row[name] = mode === 'REPEATED' ? [value] : value;
  }
  return row;
}

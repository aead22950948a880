import fc from 'fast-check';
import { expect, test } from 'vitest';
import { alikeColumns, columnsOf, openRow, ownersText, rowText } from '../../../functions/pseudonymize/row.ts';
import { openWarehouse } from '../../../shared/adapters/embedded/duckdb/tables.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../shared/event/json.ts';
import { scanEvent } from '../../../shared/event/scan.ts';
import { type Column, columnTypes } from '../../../shared/event-types/column.ts';
import { tokensOf } from '../../../shared/event-types/tokens.ts';
import { truncateValue } from '../../../shared/event-types/truncate.ts';
import { compileValidator, type Validator } from '../../../shared/event-types/validator.ts';
import { forwarded, startMillis } from '../../helpers/batches.ts';
import { type Expectation, expectedRecord } from '../../helpers/expected-row.ts';
import { drawEvent, drawFrom } from '../../helpers/payload-events.ts';
import { payloadSchema } from '../../helpers/payload-schemas.ts';
import { propertySeed } from '../../helpers/property-seed.ts';
import { identityKey } from '../../helpers/pseudonymize-world.ts';
import { eventSchema } from '../../helpers/schemas.ts';
import { rowsOf } from '../duckdb/fixture.ts';

/** Schemas that are tried: ten times as many before a release (EDI_PROPERTY_ROWS=4000), some hundreds in every run. */
const schemaCount = Number(process.env['EDI_PROPERTY_ROWS'] ?? 400);
const eventsOfSchema = 24;
/** A new one from time to time: the tables stay in its memory, which is bounded. */
const tablesOfWarehouse = 200;

const keywords = (
  '$ref type enum const minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength pattern format ' +
  'items prefixItems contains minContains maxContains minItems maxItems uniqueItems properties required additionalProperties ' +
  'unevaluatedProperties patternProperties propertyNames minProperties maxProperties dependentRequired dependentSchemas ' +
  'allOf anyOf oneOf not if then else treatment'
).split(' ');

const subject = { realm: 'customer', subject: 'c-1' };
const segment = { lengthBytes: 1, receivedAtMillis: startMillis };
const rowTime = '2026-01-01T00:00:00.000000Z';
const ofBatch = { sdk: 'web', region: undefined, replayed: false, mayBeCopy: false, rowTime };
const expectation: Expectation = {
  subject,
  // Of the characters of a pseudonym, which nothing escapes.
  pseudonym: (whose, plaintext) => Buffer.from(`${whose.realm}/${whose.subject}:${plaintext}`).toString('base64'),
  truncated: truncateValue,
};

/** The row as pseudonymize publishes it, with pseudonyms that can be told; undefined for a mismatch. */
function rowOf(document: JsonObject, validate: Validator, data: JsonObject, id: number): string | undefined {
  const eventType = { ...eventSchema(document), revision: 3, validate };
  const { type } = eventType.edi;
  const opened = openRow(
    {
      eventKey: 'key',
      entry: { segment: 0, source: 's', id: String(id), timeMicros: startMillis * 1_000, type, revision: 3 },
      segment,
      sdk: 'web',
      replayed: false,
      eventType,
      columns: alikeColumns(columnsOf(ofBatch), segment, 3, forwarded),
      event: { subject: subject.subject, data },
    },
    { tokenOf: tokensOf(identityKey), owners: undefined },
  );
  if (opened.kind === 'mismatch') return undefined;
  const owners = opened.owners.flatMap((owner) => owner ?? []);
  const text = ownersText(owners.map((owner) => expectation.pseudonym(owner, owner.subject)));
  for (const { subject: whose, plaintext, settle } of opened.personalValues) {
    settle(plaintext === undefined ? '' : expectation.pseudonym(whose, plaintext));
  }
  const last = opened.owners[1] ?? opened.owners[0];
  const cipher = { encrypt: (plaintext: string) => expectation.pseudonym(last, plaintext) };
  const written = rowText(opened, { text, isNumbered: true, cipher });
  return JSON.stringify({ ...JSON.parse(written), event_id: String(id) });
}

class Counts {
  readonly #counts = new Map<string, number>();
  add(name: string): void {
    this.#counts.set(name, this.of(name) + 1);
  }
  of(name: string): number {
    return this.#counts.get(name) ?? 0;
  }
  all(names: readonly string[]): Record<string, number> {
    return Object.fromEntries(names.map((name) => [name, this.of(name)]));
  }
}

function countKeywords(value: JsonValue, counts: Counts): void {
  if (Array.isArray(value)) for (const item of value) countKeywords(item, counts);
  if (!isJsonObject(value)) return;
  for (const [keyword, inner] of Object.entries(value)) {
    counts.add(keyword);
    countKeywords(inner, counts);
  }
}

function columnKinds(columns: readonly Column[]): string[] {
  return columns.flatMap(({ type, mode, treatment, fields = [] }) => {
    const kind = `${mode === 'REPEATED' ? 'REPEATED ' : ''}${type}`;
    return [kind, ...(treatment === undefined ? [] : [treatment.do]), ...columnKinds(fields)];
  });
}

const expectedKinds = [...columnTypes.flatMap((type) => [type, `REPEATED ${type}`]), 'drop', 'pseudonymize', 'truncate']
  // A list of JSON values is one JSON value.
  .filter((kind) => kind !== 'REPEATED JSON');

test(`${schemaCount} schemas: the row of every accepted event is inserted and read back equal`, {
  timeout: 7_200_000,
}, async () => {
  let warehouse = await openWarehouse({ path: ':memory:' });
  const [used, made, outcomes] = [new Counts(), new Counts(), new Counts()];
  let number = 0;
  const seeds = fc.array(fc.integer(), { minLength: eventsOfSchema, maxLength: eventsOfSchema });
  const property = fc.asyncProperty(payloadSchema, seeds, async (document, eventSeeds) => {
    const validate = compiled(document);
    if (validate === undefined) return outcomes.add('schemas that do not compile');
    const { payload, columns } = eventSchema(document);
    const { $defs: _, ...own } = document;
    countKeywords(own, used);
    for (const kind of columnKinds(payload.columns)) made.add(kind);
    const events = eventSeeds
      .map((seed) => drawEvent(document, drawFrom(seed)))
      .filter((data) => {
        const accepted =
          scanEvent({ value: data, text: () => JSON.stringify(data), mayHoldTinyNumber: () => false }, 32) ===
            undefined && validate(data) === undefined;
        outcomes.add(accepted ? 'accepted' : 'refused');
        return accepted;
      });
    const rows = events.map((data, id) => rowOf(document, validate, data, id));
    expect(rows.indexOf(undefined), 'the index of an event that its columns cannot hold').toBe(-1);
    if (++number % tablesOfWarehouse === 0) {
      await warehouse.close();
      warehouse = await openWarehouse({ path: ':memory:' });
    }
    const table = { schema: 'events_raw', table: `t${number}` };
    expect(await warehouse.ensureTable({ ...table, columns })).toEqual({ kind: 'created' });
    const answers = await warehouse.append(
      table,
      rows.filter((row) => row !== undefined),
    );
    expect(answers.filter(({ kind }) => kind !== 'inserted')).toEqual([]);
    if (payload.columns.length === 0) return outcomes.add('schemas without columns');
    const read = await rowsOf(warehouse, `SELECT data FROM events_raw.${table.table} ORDER BY event_id::INT`);
    for (const [at, data] of events.entries()) {
      expect(read[at]?.[0]).toEqual(expectedRecord(expectation, payload.columns, [data]));
    }
  });
  try {
    await fc.assert(property, { numRuns: schemaCount, seed: propertySeed });
  } finally {
    await warehouse.close();
  }
  const report = {
    schemas: schemaCount,
    ...outcomes.all(['accepted', 'refused', 'schemas that do not compile', 'schemas without columns']),
    keywords: used.all(keywords),
    columns: made.all(expectedKinds),
  };
  process.stdout.write(`${JSON.stringify(report)}\n`);
  expect(keywords.filter((keyword) => used.of(keyword) === 0)).toEqual([]);
  expect(expectedKinds.filter((kind) => made.of(kind) === 0)).toEqual([]);
});

function compiled(document: JsonObject): Validator | undefined {
  try {
    return compileValidator(document);
  } catch {
    return undefined;
  }
}

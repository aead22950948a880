import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BigQuery, type TableField } from '@google-cloud/bigquery';
import { type BigQueryField, bigQueryFields } from '../../infra/bigquery-table.ts';
import { questionsOf } from '../../infra/cli/demo/questions.ts';
import { exactViewQuery } from '../../infra/exact-view.ts';
import { startEmbeddedDeployment } from '../../infra/local/embedded-deployment.ts';
import type { LiveRow } from '../../infra/local/live-feed.ts';
import { datasets } from '../../infra/naming.ts';
import { makeTopology } from '../../infra/topology.ts';
import { runReadOnlyQuery } from '../../shared/adapters/embedded/duckdb/query.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';
import { alphaRow, alphaSink } from '../../shared/event-types/alpha.ts';
import type { Column } from '../../shared/event-types/column.ts';
import { tableName } from '../../shared/event-types/table.ts';
import { readSchemaFolder } from '../../shared/schema-language/schema-folder.ts';
import { projectFolder } from '../helpers/local-process.ts';
import { runDemo } from './demo-run.ts';

/*
 * The tables and exact views that infra declares, in a BigQuery that we did not write: npm run check -- bigquery
 *
 * Runs the demo, puts every row that it makes into both warehouses, some of them twice into BigQuery, some there as if
 * they were from before their type's promotion, and asks both the same questions. Needs an emulator of BigQuery's API at BIGQUERY_EMULATOR_HOST, and does nothing without one.
 */

/** The check could not be made here. */
const exitSkipped = 3;
const projectId = 'demo';
const rowsOfInsert = 200;
/** One row in so many is delivered twice, as BigQuery subscriptions may. */
const repeatEvery = 3;
/** One row in so many came while its type was in alpha. */
const alphaEvery = 4;

const readmeSql = 'SELECT sdk, count(*) AS events FROM events.playback_track_played_v1 GROUP BY ALL';

const say = (line: string) => process.stdout.write(`${line}\n`);

async function main(): Promise<number> {
  if (!process.env['BIGQUERY_EMULATOR_HOST']) {
    say('check bigquery was skipped: BIGQUERY_EMULATOR_HOST names no emulator of BigQuery');
    return exitSkipped;
  }
  const folder = mkdtempSync(join(tmpdir(), 'edi-bigquery-'));
  process.env['XDG_RUNTIME_DIR'] = folder;
  const schemaFolder = join(projectFolder, 'schemas');
  const deployment = await startEmbeddedDeployment({ port: 0, dataFolder: folder, schemaFolder, drainSeconds: 10 });
  try {
    const rows: LiveRow[] = [];
    deployment.feed.watch((row) => rows.push(row));
    const { run } = await runDemo(deployment, folder);
    const bigQuery = new BigQuery({ projectId });
    await declareTables(bigQuery, schemaFolder);
    await insert(bigQuery, await someFromAlpha(rows, schemaFolder));
    return await compare(bigQuery, deployment.warehouse, run.idPrefix);
  } finally {
    await deployment.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

type Deployment = Awaited<ReturnType<typeof startEmbeddedDeployment>>;

/** Makes datasets, tables and views anew, with the types and the SQL that Terraform declares. */
async function declareTables(bigQuery: BigQuery, schemaFolder: string): Promise<void> {
  const { schemas } = await readSchemaFolder(schemaFolder);
  for (const dataset of Object.values(datasets)) {
    await bigQuery
      .dataset(dataset)
      .delete({ force: true })
      .catch(() => undefined);
    await bigQuery.createDataset(dataset);
  }
  const { tables } = makeTopology(schemas);
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
  say(`${tables.length} tables and ${tables.filter(({ exactView }) => exactView).length} exact views declared`);
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

function emulatorColumn({ fields, ...column }: Column): Column {
  const name = emulatorName(column.name);
  return { ...column, name, ...(fields ? { fields: fields.map(emulatorColumn) } : {}) };
}

function renamed(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(renamed);
  return isJsonObject(value) ? renamedRow(value) : value;
}

function renamedRow(row: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(row).map(([name, inner]) => [emulatorName(name), renamed(inner)]));
}

interface Row {
  readonly dataset: string;
  readonly table: string;
  readonly row: JsonObject;
}

/** The rows as the emulator takes them, some of those of event types in the table that alpha types share. */
async function someFromAlpha(rows: readonly LiveRow[], schemaFolder: string): Promise<Row[]> {
  const { schemas } = await readSchemaFolder(schemaFolder);
  const byTable = new Map(schemas.map((schema) => [tableName(schema.edi.type), schema]));
  return rows.map(({ dataset, table, row: text }, at) => {
    const row = renamedRow(JSON.parse(text));
    const schema = dataset === datasets.raw && at % alphaEvery === 0 ? byTable.get(table) : undefined;
    if (schema === undefined) return { dataset, table, row };
    const payload = { ...schema.payload, columns: schema.payload.columns.map(emulatorColumn) };
    return { dataset, table: alphaSink, row: alphaRow(schema.edi.type, payload, row) };
  });
}

async function insert(bigQuery: BigQuery, rows: readonly Row[]): Promise<void> {
  let [inserted, repeated] = [0, 0];
  for (const [name, ofTable] of Map.groupBy(rows, ({ dataset, table }) => `${dataset}.${table}`)) {
    const [dataset = '', table = ''] = name.split('.');
    const again = ofTable.filter((_, at) => at % repeatEvery === 0);
    const all = [...ofTable, ...again];
    for (let at = 0; at < all.length; at += rowsOfInsert) {
      const raw = all.slice(at, at + rowsOfInsert).map(({ row }) => ({ json: row }));
      await bigQuery.dataset(dataset).table(table).insert(raw, { raw: true });
    }
    inserted += ofTable.length;
    repeated += again.length;
  }
  say(`${inserted} rows inserted, ${repeated} of them once more`);
}

/** Asks both the demo's questions and what the exact views hold. Answers the exit code. */
async function compare(bigQuery: BigQuery, warehouse: Deployment['warehouse'], idPrefix: string): Promise<number> {
  const { schemas } = await readSchemaFolder(join(projectFolder, 'schemas'));
  // DuckDB has no rows from alpha: the views of the types show them there and here alike.
  const views = makeTopology(schemas).tables.flatMap(({ exactView }) => (exactView?.alphaRows ? exactView : []));
  const types = schemas.map(({ edi }) => edi.type);
  const run = { idPrefix: idPrefix, tag: '', startMillis: 0 };
  const statements = [
    { name: "the README's query", sql: `${readmeSql} ORDER BY sdk` },
    ...questionsOf(run, types).map(({ question, sql }) => ({ name: question, sql })),
    ...views.map(({ dataset, view }) => ({
      name: `${dataset}.${view}`,
      sql: `SELECT event_key, event_id, source, subject, sdk, schema_revision, possible_duplicate FROM ${dataset}.${view} ORDER BY event_key`,
    })),
  ];
  let different = 0;
  for (const { name, sql } of statements) {
    const outcome = await runReadOnlyQuery(warehouse, sql, { maxRows: 10_000, timeoutMillis: 30_000 });
    if (outcome.kind !== 'rows') throw new Error(`DuckDB refused "${name}": ${outcome.reason}`);
    const expected = outcome.rows.map((row) => row.map(comparable));
    const [found] = await bigQuery.query({ query: sql, useLegacySql: false });
    const actual = found.map((row: object) => Object.values(row).map(comparable));
    const same = JSON.stringify(expected) === JSON.stringify(actual);
    if (!same) different += 1;
    say(`${same ? 'same' : 'DIFFERENT'}  ${String(expected.length).padStart(4)} rows  ${name}`);
    if (!same)
      say(`  DuckDB    ${JSON.stringify(expected).slice(0, 300)}\n  BigQuery  ${JSON.stringify(actual).slice(0, 300)}`);
  }
  say(`${statements.length - different} passed, ${different} failed`);
  return different === 0 ? 0 : 1;
}

/** The same value in both warehouses' clients: dates and numbers come as texts, numbers or objects. */
function comparable(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'value' in value) return String(value.value);
  if (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value)) return String(Number(value));
  return String(value);
}

process.exitCode = await main();

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BigQuery } from '@google-cloud/bigquery';
import { questionsOf } from '../../infra/cli/demo/questions.ts';
import { startEmbeddedDeployment } from '../../infra/local/embedded-deployment.ts';
import type { LiveRow } from '../../infra/local/live-feed.ts';
import { datasets } from '../../infra/naming.ts';
import { makeTopology, type Topology } from '../../infra/topology.ts';
import { alphaRow, alphaSink } from '../../shared/event-types/alpha.ts';
import { tableName } from '../../shared/event-types/table.ts';
import { readSchemaFolder } from '../../shared/schema-language/schema-folder.ts';
import { projectFolder } from '../helpers/local-process.ts';
import { compareAnswers, type Statement } from './bigquery/compare.ts';
import { declareTables, emulatorColumn, insertRows, projectId, type Row, renamedRow } from './bigquery/emulator.ts';
import { compareQuestions } from './bigquery/questions.ts';
import { runDemo } from './demo-run.ts';

/*
 * The tables and exact views that infra declares, in a BigQuery that we did not write: npm run check -- bigquery
 *
 * Runs the demo, puts every row that it makes into both warehouses, some of them twice into BigQuery, some there as if
 * they were from before their type's promotion, and asks both the same questions; then those of schemas/QUESTIONS.md, about
 * the events of their test. Needs an emulator of BigQuery's API at BIGQUERY_EMULATOR_HOST, and does nothing without one.
 */

/** The check could not be made here. */
const exitSkipped = 3;
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
    const { schemas } = await readSchemaFolder(schemaFolder);
    const topology = makeTopology(schemas);
    await declareTables(bigQuery, topology.tables);
    await insert(bigQuery, await someFromAlpha(rows, schemaFolder));
    const statements = statementsOf(topology, run.idPrefix);
    const different =
      (await compareAnswers(bigQuery, deployment.warehouse, statements, say)) +
      (await compareQuestions(bigQuery, topology, say));
    say(different === 0 ? 'all passed' : `${different} failed`);
    return different === 0 ? 0 : 1;
  } finally {
    await deployment.stop();
    rmSync(folder, { recursive: true, force: true });
  }
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

/** The README's query, the demo's questions, and what the exact views hold. */
function statementsOf({ tables, types }: Topology, idPrefix: string): Statement[] {
  // DuckDB has no rows from alpha: the views of the types show them there and here alike.
  const views = tables.flatMap(({ exactView }) => (exactView?.alphaRows ? exactView : []));
  const run = { idPrefix, tag: '', startMillis: 0 };
  const names = types.map(({ type }) => type);
  return [
    { name: "the README's query", sql: `${readmeSql} ORDER BY sdk` },
    ...questionsOf(run, names).map(({ question, sql }) => ({ name: question, sql })),
    ...views.map(({ dataset, view }) => ({
      name: `${dataset}.${view}`,
      sql: `SELECT event_key, event_id, source, subject, sdk, schema_revision, possible_duplicate FROM ${dataset}.${view} ORDER BY event_key`,
    })),
  ];
}

/** Some of the rows twice. */
async function insert(bigQuery: BigQuery, rows: readonly Row[]): Promise<void> {
  const again = rows.filter((_, at) => at % repeatEvery === 0);
  await insertRows(bigQuery, [...rows, ...again]);
  say(`${rows.length} rows inserted, ${again.length} of them once more`);
}

process.exitCode = await main();

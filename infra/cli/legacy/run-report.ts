import { systemClock } from '../../../shared/adapters/system-clock.ts';
import { isJsonObject, type JsonObject } from '../../../shared/event/json.ts';
import type { EventSchema } from '../../../shared/event-types/event-schema.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import { readSchemaFolder } from '../../../shared/schema-language/schema-folder.ts';
import { legacySdkPrefix } from '../../../shared/sdks/legacy.ts';
import type { TypesRead } from '../../completeness/rows-of-types.ts';
import { type LegacyReportData, lastWeeks, mappingReports, weekShares } from '../../legacy-report/report.ts';
import { shareQuery } from '../../legacy-report/share-query.ts';
import type { RunningDeployment } from '../../local/running.ts';
import { databases } from '../../naming.ts';
import type { Dialect } from '../../sql-dialect.ts';
import { CliError } from '../cli-error.ts';
import type { CommandIo } from '../command-io.ts';
import { type OpenReader, type Operations, type OperationsFlags, openOperations } from '../operations-rows.ts';
import { askOperator, otherVersion } from '../operator-client.ts';
import { jsonText } from '../output-text.ts';
import { legacyReportText, type UnreadTables } from './report-text.ts';

export interface ReportFlags extends OperationsFlags {
  readonly schemas: string;
  readonly weeks: number;
  readonly json: boolean;
}

/** Reads the states of all exports of an environment. */
type OpenStates = (env: string) => Promise<JsonObject[]>;

/** Tests read an environment of their own. */
export interface ReportSources {
  readonly openReader?: OpenReader;
  readonly openStates?: OpenStates;
  readonly nowMillis?: () => number;
}

/** Prints what became of the files of all mappings, or of one, and which share of each type they are, week by week. */
export async function runReport(
  name: string | undefined,
  flags: ReportFlags,
  io: CommandIo,
  { openReader, openStates = openEnvironmentStates, nowMillis = systemClock.nowMillis }: ReportSources = {},
): Promise<void> {
  const operations = await openOperations(flags, openReader);
  const states = operations.kind === 'running' ? await statesOf(operations.deployment) : await openStates(flags.env);
  const schemas = await legacyTypes(flags.schemas, name);
  const active = operations.kind === 'running' ? await activeTypes(operations.deployment) : undefined;
  const known = schemas.filter(({ edi }) => active === undefined || active.has(edi.type));
  const weeks = lastWeeks(nowMillis(), flags.weeks);
  const asked = await askShares(operations, known, weeks[0] ?? '');
  const report: LegacyReportData = {
    mappings: mappingReports(states, asked.rows, weeks).filter(({ mapping }) => name === undefined || mapping === name),
    ...(asked.rows === undefined
      ? {}
      : {
          weeks: weekShares(
            asked.rows,
            known.map(({ edi }) => edi.type),
            weeks,
          ),
        }),
  };
  if (name !== undefined && report.mappings.length === 0 && schemas.length === 0) {
    throw new CliError(`nothing is known of a mapping ${name}: no file of it was exported, and no event type takes it`);
  }
  const { mappings, weeks: shares } = report;
  await io.out.write(
    flags.json
      ? jsonText({
          mappings: mappings.map((one) => ({ ...one, reasons: { ...one.reasons } })),
          weeks: shares?.map((one) => ({ ...one })) ?? null,
          ...(asked.unread === undefined ? {} : { unread: { ...asked.unread } }),
        })
      : legacyReportText(report, asked.unread),
  );
}

/** Types that a legacy binding, or that of the mapping, may send. */
async function legacyTypes(folder: string, name: string | undefined): Promise<EventSchema[]> {
  const { schemas } = await readSchemaFolder(folder, { compile: false });
  const isWanted = (sdk: string) =>
    name === undefined ? sdk.startsWith(legacySdkPrefix) : sdk === legacySdkPrefix + name;
  return schemas
    .filter(({ edi }) => edi.sdks.some(isWanted))
    .sort((one, other) => (one.edi.type < other.edi.type ? -1 : 1));
}

interface AskedShares {
  readonly rows?: readonly JsonObject[];
  readonly unread?: UnreadTables;
}

/** Operators of an environment may not read events; who asks may be an analyst, too. */
async function askShares(
  operations: Operations,
  schemas: readonly EventSchema[],
  firstWeek: string,
): Promise<AskedShares> {
  const [alpha, own] = [true, false].map((isAlpha) =>
    schemas.filter(({ edi }) => (edi.stage === 'alpha') === isAlpha).map(({ edi }) => edi.type),
  );
  if (schemas.length === 0) return { rows: [] };
  const types: TypesRead = { own: own ?? [], ...(alpha?.length ? { alpha: { only: alpha } } : {}) };
  let sql = '';
  const queryOf = (dialect: Dialect) => (sql = shareQuery({ dialect, types, firstWeek }));
  try {
    return { rows: await operations.rows(queryOf) };
  } catch (error) {
    if (operations.kind === 'environment' && error instanceof Unavailable)
      return { unread: { sql, problem: error.message } };
    throw error;
  }
}

async function statesOf(deployment: RunningDeployment): Promise<JsonObject[]> {
  const { states } = await askOperator(deployment, '/legacy');
  if (!Array.isArray(states)) throw otherVersion(deployment);
  return states.filter(isJsonObject);
}

async function activeTypes(deployment: RunningDeployment): Promise<ReadonlySet<string>> {
  const { types } = await askOperator(deployment, '/schemas');
  if (!Array.isArray(types)) throw otherVersion(deployment);
  return new Set(types.filter(isJsonObject).map(({ type }) => String(type)));
}

const openEnvironmentStates: OpenStates = async (env) => {
  const [{ knownEnvironment }, { openTransactionalFirestore, patientTransactions }, { createFirestoreLegacyExports }] =
    await Promise.all([
      import('../../known-environments.ts'),
      import('../../../shared/adapters/gcp/firestore-transactions.ts'),
      import('../../../shared/adapters/gcp/legacy-exports.ts'),
    ]);
  const { projectId } = await knownEnvironment(env);
  const database = openTransactionalFirestore({
    dependency: 'exports',
    projectId,
    databaseId: databases.exports,
    settings: patientTransactions,
  });
  try {
    return await createFirestoreLegacyExports({ database }).list();
  } finally {
    await database.close();
  }
};

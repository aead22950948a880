import { rowObjects } from '../../../shared/adapters/embedded/duckdb/row-objects.ts';
import { systemClock } from '../../../shared/adapters/system-clock.ts';
import { asObject, type JsonObject, parseJson } from '../../../shared/event/json.ts';
import { localDevKey } from '../../local/local-write-keys.ts';
import { smokeSdk, smokeType } from '../../smoke-type.ts';
import { duckDb, googleSql } from '../../sql-dialect.ts';
import { CliError } from '../cli-error.ts';
import { makeAsk } from '../demo/query-rows.ts';
import { runningAt } from '../find-deployment.ts';
import { openFunctionTarget } from '../function-target.ts';
import { askOperator, makeOperatorClient } from '../operator-client.ts';
import { makeDoorClient } from './door-client.ts';
import { notThere, readPushLogs } from './google-answers.ts';
import type { Answered, SmokePorts } from './ports.ts';

export interface SmokeFlags {
  readonly url: string;
  readonly env: string;
  readonly key?: string;
  readonly waitSeconds: number;
}

const requestTimeoutMillis = 30_000;
/** BigQuery bills ten megabytes a query at the least, which is nothing every five seconds. */
const pollMillis = { local: 200, environment: 5_000 } as const;

/** The deployment that `--env` and `--url` name. Rejects with `CliError`. */
export async function openSmoke(flags: SmokeFlags, signal: AbortSignal): Promise<SmokePorts> {
  return flags.env === 'local' ? openLocal(flags, signal) : openEnvironment(flags, signal);
}

async function openLocal(flags: SmokeFlags, signal: AbortSignal): Promise<SmokePorts> {
  const deployment = runningAt(flags.url);
  const operator = makeOperatorClient(deployment);
  const ask = makeAsk(operator, systemClock);
  const inCloudAlone = 'this is looked at in an environment alone';
  return {
    ...(await common({ flags, url: deployment.url, pollMillis: pollMillis.local, signal })),
    target: `the deployment at ${deployment.url}`,
    key: flags.key ?? deployment.writeKeys?.[smokeSdk] ?? localDevKey,
    rows: async (queryOf) => rowObjects(await ask(queryOf(duckDb))),
    computeFreshness: async () => void (await askOperator(deployment, '/hours', { type: smokeType, hours: 1 })),
    lacks: {
      'push-authentication': `${inCloudAlone}: here pushes carry no token of Google's`,
      pruning: `${inCloudAlone}: only BigQuery tells what a query would read`,
    },
  };
}

async function openEnvironment(flags: SmokeFlags, signal: AbortSignal): Promise<SmokePorts> {
  const [{ knownEnvironment }, { cloudNames }, { createOperationsReader }, { createDeploymentReader }] =
    await Promise.all([
      import('../../known-environments.ts'),
      import('../../cloud-names.ts'),
      import('../../../shared/adapters/gcp/operations-reader.ts'),
      import('../../../shared/adapters/gcp/deployment-reader.ts'),
    ]);
  const environment = await knownEnvironment(flags.env);
  const { projectId, edge, stateRegion } = environment;
  if (flags.key === undefined) {
    throw new CliError(
      `an environment asks for a write key of the SDK ${smokeSdk}: make one with "edi keys create --sdk ${smokeSdk} ` +
        `--project ${projectId} --database write-keys", and set EDI_KEY to it`,
    );
  }
  const url =
    edge === undefined ? cloudNames(environment).functionUrl('ingest', stateRegion) : `https://${edge.domain}`;
  const dialect = googleSql(projectId);
  const tables = createOperationsReader({ projectId, nowMillis: () => systemClock.nowMillis() });
  const reader = createDeploymentReader({ projectId });
  return {
    ...(await common({ flags, url, pollMillis: pollMillis.environment, signal })),
    target: `environment ${flags.env}`,
    key: flags.key,
    rows: (queryOf) => tables.query(queryOf(dialect)).catch(notThere),
    dryRunBytes: (queryOf) => reader.dryRunBytes(queryOf(dialect)).catch(notThere),
    pushLogs: (sinceMillis) => readPushLogs(reader, sinceMillis),
    lacks: {},
  };
}

interface Common {
  readonly flags: SmokeFlags;
  readonly url: string;
  readonly pollMillis: number;
  readonly signal: AbortSignal;
}

async function common({ flags, url, pollMillis, signal }: Common) {
  const replay = await openFunctionTarget('replay')(flags);
  const ask = (path: string, init: RequestInit = {}) => answered(`${url}${path}`, { ...init, signal });
  return {
    frontDoor: {
      url,
      health: () => ask('/health'),
      withoutKey: () => ask('/v1/events', emptyBatch),
      client: (key: string) => makeDoorClient({ url, key, clock: systemClock, signal }),
    },
    replay,
    replayWithoutToken: async () => (await answered(replay.url, { signal }))?.status,
    clock: systemClock,
    signal,
    maxWaitMillis: flags.waitSeconds * 1_000,
    pollMillis,
  };
}

const emptyBatch: RequestInit = {
  method: 'POST',
  headers: { 'content-type': 'application/cloudevents-batch+json' },
  body: '[]',
};

async function answered(
  url: string,
  init: RequestInit & { readonly signal: AbortSignal },
): Promise<Answered | undefined> {
  const signal = AbortSignal.any([init.signal, AbortSignal.timeout(requestTimeoutMillis)]);
  try {
    const response = await fetch(url, { ...init, signal });
    const body: JsonObject = asObject(parseJson(await response.text()));
    return { status: response.status, body };
  } catch {
    return undefined;
  }
}

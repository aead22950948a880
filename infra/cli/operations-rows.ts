import type { Command } from 'commander';
import { rowObjects } from '../../shared/adapters/embedded/duckdb/row-objects.ts';
import type { OperationsReader } from '../../shared/adapters/gcp/operations-reader.ts';
import { systemClock } from '../../shared/adapters/system-clock.ts';
import type { JsonObject } from '../../shared/event/json.ts';
import type { RunningDeployment } from '../local/running.ts';
import { type Dialect, duckDb, googleSql } from '../sql-dialect.ts';
import { envOption } from './env-option.ts';
import { runningAt } from './find-deployment.ts';
import { makeOperatorClient, otherVersion } from './operator-client.ts';
import { urlOption } from './url-option.ts';

/** Whose tables of operators are read. */
export interface OperationsFlags {
  readonly url: string;
  readonly env: string;
}

/** Opens what is read of an environment. */
export type OpenReader = (projectId: string) => Promise<OperationsReader>;

export function addOperationsOptions(command: Command): Command {
  return command.addOption(urlOption()).addOption(envOption('of this environment'));
}

/** The dataset of operators, of the deployment that runs on this machine or of an environment. */
export type Operations = { rows(queryOf: (dialect: Dialect) => string): Promise<JsonObject[]> } & (
  | { readonly kind: 'running'; readonly deployment: RunningDeployment }
  | { readonly kind: 'environment'; readonly reader: OperationsReader }
);

/** Rejects with `CliError`. Tests read an environment of their own. */
export async function openOperations(
  { url, env }: OperationsFlags,
  openReader: OpenReader = openEnvironment,
): Promise<Operations> {
  if (env !== 'local') {
    const { knownEnvironment } = await import('../known-environments.ts');
    const { projectId } = await knownEnvironment(env);
    const reader = await openReader(projectId);
    return { kind: 'environment', reader, rows: (queryOf) => reader.query(queryOf(googleSql(projectId))) };
  }
  const deployment = runningAt(url);
  return {
    kind: 'running',
    deployment,
    async rows(queryOf) {
      const outcome = await makeOperatorClient(deployment).query(queryOf(duckDb));
      if (outcome.kind === 'refused') throw otherVersion(deployment);
      return rowObjects(outcome);
    },
  };
}

async function openEnvironment(projectId: string): Promise<OperationsReader> {
  const { createOperationsReader } = await import('../../shared/adapters/gcp/operations-reader.ts');
  return createOperationsReader({ projectId, nowMillis: () => systemClock.nowMillis() });
}

import { type Command, Option } from 'commander';
import { rowObjects } from '../../shared/adapters/embedded/duckdb/row-objects.ts';
import type { OperationsReader } from '../../shared/adapters/gcp/operations-reader.ts';
import { systemClock } from '../../shared/adapters/system-clock.ts';
import { isJsonObject, type JsonObject } from '../../shared/event/json.ts';
import { secondLinePrefix } from '../../shared/http/line.ts';
import { failuresQuery } from '../dead-letters.ts';
import { environmentNames } from '../environment-names.ts';
import type { RunningDeployment } from '../local/running.ts';
import { duckDb, googleSql } from '../sql-dialect.ts';
import { CliError } from './cli-error.ts';
import type { CommandIo } from './command-io.ts';
import { findByUrl, notRunning } from './find-deployment.ts';
import { askOperator, makeOperatorClient, otherVersion } from './operator-client.ts';
import { jsonText, tableText } from './output-text.ts';
import { urlOption } from './url-option.ts';

interface ListFlags {
  readonly url: string;
  readonly env: string;
  readonly days: number;
  readonly json: boolean;
}

interface DeadLetters {
  /** What waits in each second line; null where the platform does not tell (Google's emulator). */
  readonly waiting: JsonObject[] | null;
  /** What failed there, and why. */
  readonly failed: JsonObject[];
}

/** Opens what is read of an environment. */
type OpenReader = (projectId: string) => Promise<OperationsReader>;

const dayMillis = 86_400_000;

/** Adds `edi dead-letters list`: what waits in the second lines, and why it failed. Tests read an environment of their own. */
export function addDeadLettersCommand(program: Command, io: CommandIo, openReader: OpenReader = openEnvironment): void {
  const deadLetters = program
    .command('dead-letters')
    .description('look at what failed for so long that it waits apart');
  deadLetters
    .command('list')
    .description('count what waits in the second lines, and tell why it fails')
    .addOption(urlOption())
    .addOption(
      new Option('--env <name>', 'of this environment').choices(['local', ...environmentNames()]).default('local'),
    )
    .addOption(new Option('--days <n>', 'failures of so many days').argParser(readDays).default(2))
    .option('--json', 'print JSON', false)
    .action(async ({ url, env, days, json }: ListFlags) => {
      const since = new Date(systemClock.nowMillis() - days * dayMillis).toISOString();
      const found = env === 'local' ? await ofDeployment(url, since) : await ofEnvironment(env, since, openReader);
      await io.out.write(json ? jsonText({ ...found }) : textOf(found));
    });
}

function readDays(text: string): number {
  const days = Number(text);
  if (/^\d+$/.test(text) && days >= 1 && days <= 35) return days;
  throw new CliError('--days is a whole number from 1 to 35: failures are kept for so long');
}

async function ofDeployment(url: string, since: string): Promise<DeadLetters> {
  const deployment: RunningDeployment | undefined = findByUrl(url);
  if (deployment === undefined) throw notRunning(url);
  const { waiting } = await askOperator(deployment, '/dead-letters');
  const outcome = await makeOperatorClient(deployment).query(failuresQuery(duckDb, since));
  if (outcome.kind === 'refused') throw otherVersion(deployment);
  return { waiting: Array.isArray(waiting) ? waiting.filter(isJsonObject) : null, failed: rowObjects(outcome) };
}

async function ofEnvironment(env: string, since: string, openReader: OpenReader): Promise<DeadLetters> {
  const { knownEnvironment } = await import('../known-environments.ts');
  const { projectId } = await knownEnvironment(env);
  const reader = await openReader(projectId);
  const [backlogs, failed] = await Promise.all([
    reader.backlogs(secondLinePrefix),
    reader.query(failuresQuery(googleSql(projectId), since)),
  ]);
  return { waiting: backlogs.map((backlog) => ({ ...backlog })), failed };
}

async function openEnvironment(projectId: string): Promise<OperationsReader> {
  const { createOperationsReader } = await import('../../shared/adapters/gcp/operations-reader.ts');
  return createOperationsReader({ projectId, nowMillis: () => systemClock.nowMillis() });
}

function textOf({ waiting, failed }: DeadLetters): string {
  const busy = waiting?.filter(({ messages }) => Number(messages) > 0);
  const head =
    busy === undefined
      ? 'how much waits is not told here: Google’s emulator counts nothing\n'
      : busy.length === 0
        ? 'no dead letter waits\n'
        : tableText(busy, ['subscription', 'messages', 'oldestSeconds']);
  const why = failed.length === 0 ? 'nothing failed in the second lines\n' : tableText(failed, failureColumns);
  return `${head}\n${why}`;
}

const failureColumns = ['place', 'reason', 'messages', 'events', 'first_seen', 'last_seen'];

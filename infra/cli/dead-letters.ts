import { type Command, Option } from 'commander';
import { systemClock } from '../../shared/adapters/system-clock.ts';
import { isJsonObject, type JsonObject } from '../../shared/event/json.ts';
import { secondLinePrefix } from '../../shared/http/line.ts';
import { failuresQuery } from '../dead-letters.ts';
import type { RunningDeployment } from '../local/running.ts';
import { CliError } from './cli-error.ts';
import type { CommandIo } from './command-io.ts';
import { addOperationsOptions, type OpenReader, type OperationsFlags, openOperations } from './operations-rows.ts';
import { askOperator } from './operator-client.ts';
import { jsonText, tableText } from './output-text.ts';

interface ListFlags extends OperationsFlags {
  readonly days: number;
  readonly json: boolean;
}

interface DeadLetters {
  /** What waits in each second line; null where the platform does not tell (Google's emulator). */
  readonly waiting: JsonObject[] | null;
  /** What failed there, and why. */
  readonly failed: JsonObject[];
}

const dayMillis = 86_400_000;

/** Adds `edi dead-letters list`: what waits in the second lines, and why it failed. Tests read an environment of their own. */
export function addDeadLettersCommand(program: Command, io: CommandIo, openReader?: OpenReader): void {
  const deadLetters = program
    .command('dead-letters')
    .description('look at what failed for so long that it waits apart');
  addOperationsOptions(deadLetters.command('list'))
    .description('count what waits in the second lines, and tell why it fails')
    .addOption(new Option('--days <n>', 'failures of so many days').argParser(readDays).default(2))
    .option('--json', 'print JSON', false)
    .action(async ({ days, json, ...flags }: ListFlags) => {
      const since = new Date(systemClock.nowMillis() - days * dayMillis).toISOString();
      const operations = await openOperations(flags, openReader);
      const [waiting, failed] = await Promise.all([
        operations.kind === 'running' ? backlogOf(operations.deployment) : operations.reader.backlogs(secondLinePrefix),
        operations.rows((dialect) => failuresQuery(dialect, since)),
      ]);
      const found: DeadLetters = { waiting: waiting?.map((backlog) => ({ ...backlog })) ?? null, failed };
      await io.out.write(json ? jsonText({ ...found }) : textOf(found));
    });
}

function readDays(text: string): number {
  const days = Number(text);
  if (/^\d+$/.test(text) && days >= 1 && days <= 35) return days;
  throw new CliError('--days is a whole number from 1 to 35: failures are kept for so long');
}

/** What a running deployment tells of its backlog itself. */
async function backlogOf(deployment: RunningDeployment): Promise<JsonObject[] | null> {
  const { waiting } = await askOperator(deployment, '/dead-letters');
  return Array.isArray(waiting) ? waiting.filter(isJsonObject) : null;
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

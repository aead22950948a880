import { type Command, InvalidArgumentError } from 'commander';
import { formatRows } from '../../shared/adapters/embedded/duckdb/format.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';
import type { RunningDeployment } from '../local/running.ts';
import { CliError } from './cli-error.ts';
import type { CommandIo } from './command-io.ts';
import { findTarget } from './find-deployment.ts';
import { askOperator } from './operator-client.ts';
import { urlOption } from './url-option.ts';

interface QuarantineFlags {
  readonly url: string;
  readonly reason?: string;
  readonly type?: string;
  readonly limit?: number;
  readonly dryRun?: boolean;
  readonly json: boolean;
}

/** Adds `edi quarantine list | replay`. */
export function addQuarantineCommand(program: Command, io: CommandIo): void {
  const quarantine = program
    .command('quarantine')
    .description('look into the quarantine, and replay what is valid now');
  quarantine
    .command('list')
    .description('count refused events by reason and type')
    .option('--reason <reason>', 'of this reason only')
    .option('--type <type>', 'of this event type only')
    .addOption(urlOption())
    .option('--json', 'print JSON', false)
    .action(async (flags: QuarantineFlags, command: Command) => {
      const { groups } = await askOperator(runningDeployment(flags, command), '/quarantine/list', filterOf(flags));
      const listed = Array.isArray(groups) ? groups.filter(isJsonObject).map(shownGroup) : [];
      await io.out.write(flags.json ? `${JSON.stringify(listed, null, 2)}\n` : groupTable(listed));
    });
  quarantine
    .command('replay')
    .description('take refused events through validation again; those that are valid now go on as they came')
    .requiredOption('--reason <reason>', 'why they were refused, such as unknown-type')
    .option('--type <type>', 'of this event type only')
    .option('--limit <n>', 'replay at most so many', readCount)
    .option('--dry-run', 'say what would be replayed, and do nothing', false)
    .addOption(urlOption())
    .option('--json', 'print JSON', false)
    .action(async (flags: QuarantineFlags, command: Command) => {
      const { limit, dryRun = false } = flags;
      const body = { ...filterOf(flags), dryRun, ...(limit === undefined ? {} : { limit }) };
      const report = await askOperator(runningDeployment(flags, command), '/quarantine/replay', body);
      await io.out.write(flags.json ? `${JSON.stringify(report, null, 2)}\n` : reportText(report, dryRun));
    });
}

function runningDeployment(flags: QuarantineFlags, command: Command): RunningDeployment {
  const target = findTarget(flags, command);
  if (target.kind === 'running') return target.deployment;
  throw new CliError('no deployment is running: a replay needs one. Start it with `npm start`.');
}

function filterOf({ reason, type }: QuarantineFlags): JsonObject {
  return { ...(reason === undefined ? {} : { reason }), ...(type === undefined ? {} : { type }) };
}

function readCount(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('Give a whole number above 0.');
}

function shownGroup({ reason, type, records, replayed, oldestMillis, newestMillis }: JsonObject): JsonObject {
  const time = (millis: JsonValue | undefined) => (typeof millis === 'number' ? new Date(millis).toISOString() : null);
  return {
    reason: reason ?? null,
    type: type ?? null,
    records: records ?? 0,
    replayed: replayed ?? 0,
    oldest: time(oldestMillis),
    newest: time(newestMillis),
  };
}

function groupTable(groups: readonly JsonObject[]): string {
  const names = ['reason', 'type', 'records', 'replayed', 'oldest', 'newest'];
  const columns = names.map((name) => ({ name, type: 'VARCHAR' }));
  const rows = groups.map((group) => names.map((name) => group[name] ?? '-'));
  return formatRows({ kind: 'rows', columns, rows, truncated: false }, 'table');
}

function reportText({ replayed, replayedBefore, refused, unreadable, more }: JsonObject, dryRun: boolean): string {
  const lines = [
    `${Number(replayed)} ${dryRun ? 'would be replayed' : 'replayed'}, ${Number(replayedBefore)} were replayed before`,
  ];
  for (const [reason, count] of Object.entries(isJsonObject(refused) ? refused : {})) {
    lines.push(`${Number(count)} are still refused: ${reason}`);
  }
  if (Number(unreadable) > 0)
    lines.push(`${Number(unreadable)} cannot be decrypted here: another deployment's key made them`);
  if (more === true) lines.push('There are more: run it again.');
  return `${lines.join('\n')}\n`;
}

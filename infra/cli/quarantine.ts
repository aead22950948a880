import { type Command, InvalidArgumentError, Option } from 'commander';
import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';
import { rejectReasons } from '../../shared/outcome/outcome.ts';
import type { RunningDeployment } from '../local/running.ts';
import type { CommandIo, Output } from './command-io.ts';
import { findByUrl, notRunning } from './find-deployment.ts';
import { askOperator, otherVersion } from './operator-client.ts';
import { jsonText, tableText } from './output-text.ts';
import { typeOption } from './type-option.ts';
import { urlOption } from './url-option.ts';

interface ListFlags {
  readonly url: string;
  readonly reason?: string;
  readonly type?: string;
  readonly json: boolean;
}

interface ReplayFlags extends ListFlags {
  readonly reason: string;
  readonly limit: number;
  readonly dryRun: boolean;
}

const defaultLimit = 10_000;

/** Adds `edi quarantine list | replay`. Both ask the running deployment: the private key stays there. */
export function addQuarantineCommand(program: Command, io: CommandIo): void {
  const quarantine = program
    .command('quarantine')
    .description('list what was refused, and send it again once it would be accepted');
  quarantine
    .command('list')
    .description('count the events in quarantine by reason and type')
    .addOption(urlOption())
    .addOption(reasonOption())
    .addOption(typeOption())
    .option('--json', 'print JSON', false)
    .action((flags: ListFlags) => list(flags, io.out));
  quarantine
    .command('replay')
    .description('validate quarantined events again and deliver those that pass, once, whatever was resent meanwhile')
    .addOption(urlOption())
    .addOption(reasonOption().makeOptionMandatory())
    .addOption(typeOption())
    .addOption(
      new Option('--limit <n>', 'events to try, those replayed before not counted')
        .argParser(readLimit)
        .default(defaultLimit),
    )
    .option('--dry-run', 'tell what would be replayed, and change nothing', false)
    .option('--json', 'print JSON', false)
    .action((flags: ReplayFlags) => replay(flags, io.out));
}

function reasonOption(): Option {
  return new Option('--reason <reason>', 'why they were refused').choices(Object.keys(rejectReasons));
}

function readLimit(text: string): number {
  const limit = Number(text);
  if (/^\d+$/.test(text) && limit > 0 && Number.isSafeInteger(limit)) return limit;
  throw new InvalidArgumentError('Give a whole number from 1 on.');
}

function running(url: string): RunningDeployment {
  const deployment = findByUrl(url);
  if (deployment === undefined) throw notRunning(url);
  return deployment;
}

async function list({ url, reason, type, json }: ListFlags, out: Output): Promise<void> {
  const deployment = running(url);
  const { groups } = await askOperator(deployment, '/quarantine');
  if (!Array.isArray(groups)) throw otherVersion(deployment);
  const listed = groups
    .filter(isJsonObject)
    .filter((group) => (reason ?? group['reason']) === group['reason'] && (type ?? group['type']) === group['type'])
    .map((group) => ({
      reason: group['reason'] ?? null,
      type: group['type'] ?? null,
      events: Number(group['records']),
      oldest: timeText(group['oldestMillis']),
      newest: timeText(group['newestMillis']),
      replayed: Number(group['replayed']),
    }));
  if (json) return out.write(jsonText(listed));
  await out.write(tableText(listed, ['reason', 'type', 'events', 'oldest', 'newest', 'replayed']));
}

async function replay(flags: ReplayFlags, out: Output): Promise<void> {
  const { url, reason, type, limit, dryRun, json } = flags;
  const deployment = running(url);
  const refused: Record<string, number> = {};
  let [replayed, replayedBefore, tried] = [0, 0, 0];
  let afterSeal: string | undefined;
  do {
    const body = { reason, dryRun, limit: limit - tried, ...(type && { type }), ...(afterSeal && { afterSeal }) };
    const part = readResult(await askOperator(deployment, '/quarantine/replay', body));
    if (part === undefined) throw otherVersion(deployment);
    replayed += part.replayed;
    replayedBefore += part.replayedBefore;
    tried += part.replayed;
    for (const [why, count] of Object.entries(part.refused)) {
      refused[why] = (refused[why] ?? 0) + Number(count);
      tried += Number(count);
    }
    afterSeal = part.nextAfterSeal;
  } while (afterSeal !== undefined && tried < limit);
  const result = { replayed, replayedBefore, refused, dryRun, more: afterSeal !== undefined };
  await out.write(json ? jsonText(result) : resultText(result));
}

function readResult({ replayed, replayedBefore, refused, nextAfterSeal }: JsonObject) {
  if (typeof replayed !== 'number' || typeof replayedBefore !== 'number' || !isJsonObject(refused)) return undefined;
  return {
    replayed,
    replayedBefore,
    refused,
    nextAfterSeal: typeof nextAfterSeal === 'string' ? nextAfterSeal : undefined,
  };
}

interface ReplayTotals {
  readonly replayed: number;
  readonly replayedBefore: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly dryRun: boolean;
  readonly more: boolean;
}

function resultText({ replayed, replayedBefore, refused, dryRun, more }: ReplayTotals): string {
  const lines = [
    `${replayed} ${dryRun ? 'would be replayed' : 'replayed'}`,
    ...(replayedBefore > 0 ? [`${replayedBefore} were replayed before`] : []),
    ...Object.entries(refused).map(([reason, count]) => `${count} stay in quarantine: ${whyText(reason)}`),
    ...(more
      ? ['There are more: the limit was reached. Run it again; a higher --limit gets past those that stay.']
      : []),
  ];
  return `${lines.join('\n')}\n`;
}

const meanings: Readonly<Record<string, string>> = {
  ...rejectReasons,
  unreadable: 'they are not encrypted to the key of this deployment',
  'registry-unavailable': 'the registry did not answer, try again',
};

function whyText(reason: string): string {
  const meaning = meanings[reason];
  return meaning === undefined ? reason : `${reason} (${meaning})`;
}

function timeText(millis: JsonValue | undefined): string {
  return new Date(Number(millis)).toISOString();
}

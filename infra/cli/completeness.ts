import { type Command, InvalidArgumentError, Option } from 'commander';
import { systemClock } from '../../shared/adapters/system-clock.ts';
import { isJsonObject, type JsonObject } from '../../shared/event/json.ts';
import { isDate } from '../../shared/event/time.ts';
import { maxStateHours } from '../completeness/hours-query.ts';
import { CliError } from './cli-error.ts';
import type { CommandIo, Output } from './command-io.ts';
import { runningAt } from './find-deployment.ts';
import { askOperator, otherVersion } from './operator-client.ts';
import { jsonText, tableText } from './output-text.ts';
import { typeOption } from './type-option.ts';
import { urlOption } from './url-option.ts';

interface LossFlags {
  readonly url: string;
  readonly type?: string;
  readonly from?: string;
  readonly to?: string;
  readonly json: boolean;
}

interface HoursFlags {
  readonly url: string;
  readonly type?: string;
  readonly hours: number;
  readonly json: boolean;
}

const lossColumns = [
  'day',
  'type',
  'sdk',
  'received',
  'late_day',
  'missing',
  'refused',
  'lost',
  'unexplained',
  'may_come',
];
const hourColumns = ['hour', 'type', 'region', 'state', 'events'];

/** Adds `edi loss`. It asks the running deployment, which writes its answers into `operations`, too. */
export function addLossCommand(program: Command, io: CommandIo): void {
  program
    .command('loss')
    .description(
      'how complete days are: received, late, missing by the numbers that clients count, and what explains it',
    )
    .addOption(urlOption())
    .addOption(typeOption('of this event type; default: of all'))
    .addOption(new Option('--from <day>', 'first UTC day of the events; default: today').argParser(readDay))
    .addOption(new Option('--to <day>', 'last UTC day; default: the first').argParser(readDay))
    .option('--json', 'print JSON, with every column of operations.completeness', false)
    .action((flags: LossFlags) => loss(flags, io.out));
}

/** Adds `edi hours`, as `edi loss` is. */
export function addHoursCommand(program: Command, io: CommandIo): void {
  program
    .command('hours')
    .description('the state of each ended hour, type and region: complete, empty, late or broken')
    .addOption(urlOption())
    .addOption(typeOption('of this event type; default: of all'))
    .addOption(new Option('--hours <n>', 'so many, back from now').argParser(readHours).default(24))
    .option('--json', 'print JSON', false)
    .action((flags: HoursFlags) => hours(flags, io.out));
}

function readDay(text: string): string {
  if (isDate(text)) return text;
  throw new InvalidArgumentError('Give a day such as 2026-01-31.');
}

function readHours(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= maxStateHours) return count;
  throw new InvalidArgumentError(`Give a whole number from 1 to ${maxStateHours}.`);
}

async function loss(flags: LossFlags, out: Output): Promise<void> {
  const from = flags.from ?? flags.to ?? new Date(systemClock.nowMillis()).toISOString().slice(0, 10);
  const to = flags.to ?? from;
  if (to < from) throw new CliError(`--to ${to} is before --from ${from}`);
  const rows = await ask(flags, '/loss', { from, to });
  if (flags.json) return out.write(jsonText(rows));
  await out.write(`${tableText(rows, lossColumns)}\n${remarks(rows).join('\n')}\n`);
}

/** What the numbers do not say; counts alone. */
function remarks(rows: readonly JsonObject[]): string[] {
  const sum = (name: string) => rows.reduce((total, row) => total + Number(row[name] ?? 0), 0);
  const [bases, ends, unnumbered, repeated, jumps] = ['bases', 'ends', 'unnumbered', 'repeated', 'jumps'].map(sum);
  return [
    `Not measured: what is missing before ${bases} first numbers and after ${ends} last ones.`,
    ...(unnumbered ? [`${unnumbered} events have no sequence: of them nothing is known to be missing.`] : []),
    ...(repeated
      ? [`${repeated} events have a number that another of their installation has: it was cloned, or counts anew.`]
      : []),
    ...(jumps ? [`${jumps} times a counter jumped by more than a million, which is not counted as missing.`] : []),
  ];
}

async function hours({ hours: count, ...flags }: HoursFlags, out: Output): Promise<void> {
  const rows = await ask(flags, '/hours', { hours: count });
  await out.write(flags.json ? jsonText(rows) : tableText(rows, hourColumns));
}

async function ask(
  { url, type }: { readonly url: string; readonly type?: string },
  path: string,
  question: JsonObject,
): Promise<JsonObject[]> {
  const deployment = runningAt(url);
  const { rows } = await askOperator(deployment, path, { ...question, ...(type === undefined ? {} : { type }) });
  if (!Array.isArray(rows)) throw otherVersion(deployment);
  return rows.filter(isJsonObject);
}

import { type Command, InvalidArgumentError, Option } from 'commander';
import { systemClock } from '../../shared/adapters/system-clock.ts';
import type { JsonObject } from '../../shared/event/json.ts';
import { rejectReasons, retryReasons, stayReasons } from '../../shared/outcome/outcome.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { ReplayRun } from '../../shared/ports/replays.ts';
import { readReplayRun } from '../../shared/quarantine/replay-run.ts';
import { CliError } from './cli-error.ts';
import { type CommandIo, interruptedExitCode } from './command-io.ts';
import { makeProgressBar } from './demo/progress-bar.ts';
import {
  addFunctionTargetOptions,
  askLines,
  Broken,
  type FunctionTarget,
  type FunctionTargetFlags,
  type OpenFunctionTarget,
  openFunctionTarget,
  otherVersionOf,
} from './function-target.ts';
import { jsonText } from './output-text.ts';
import { reasonOption } from './quarantine.ts';
import { readMoment } from './read-moment.ts';
import { sleep } from './sleep.ts';
import { typeOption } from './type-option.ts';

interface ReplayFlags extends FunctionTargetFlags {
  readonly reason?: string;
  readonly type?: string;
  readonly record?: string;
  readonly from?: number;
  readonly to?: number;
  readonly limit?: number;
  readonly rate?: number;
  readonly dryRun: boolean;
  readonly resume: boolean;
  readonly json: boolean;
}

const help = `
What passes validation today goes on under the seal that it had, once however often it is replayed; a corrected event that
its client has sent since is never replaced. One replay runs at a time. It goes on by itself when the function's time is
over or the connection breaks off; after Ctrl-C, --resume goes on with it.
`;

interface ReplayCommandOptions {
  readonly exit: (code: number) => void;
  /** Tests have targets and a clock of their own. */
  readonly open?: OpenFunctionTarget;
  readonly clock?: Clock;
}

/** Adds `edi replay`. The function does it: the private key stays there. */
export function addReplayCommand(
  program: Command,
  io: CommandIo,
  { exit, open = openFunctionTarget('replay'), clock = systemClock }: ReplayCommandOptions,
): void {
  addFunctionTargetOptions(program.command('replay'))
    .description('validate quarantined events again, and deliver those that pass')
    .addOption(reasonOption())
    .addOption(typeOption())
    .addOption(
      new Option('--record <key>', 'this record alone: `record_key` in operations.quarantine_exact').argParser(readKey),
    )
    .addOption(new Option('--from <time>', 'put into quarantine at this time or later').argParser(readMoment))
    .addOption(new Option('--to <time>', 'put into quarantine before this time').argParser(readMoment))
    .addOption(new Option('--limit <n>', 'records to try, those replayed before not counted').argParser(readCount))
    .addOption(new Option('--rate <n>', 'events a second').argParser(readCount))
    .option('--dry-run', 'tell what would be replayed, and change nothing', false)
    .option('--resume', 'go on with the run that was interrupted', false)
    .option('--json', 'print JSON', false)
    .addHelpText('after', help)
    .action(async (flags: ReplayFlags, command: Command) => {
      if (!flags.resume && flags.reason === undefined && flags.record === undefined) {
        command.error('error: say what to replay with --reason or --record, or --resume');
      }
      const { from, to } = flags;
      if (from !== undefined && to !== undefined && from >= to) command.error('error: --from is before --to');
      const run = await replay({ target: await open(flags), flags, io, clock });
      if (run === undefined) return exit(interruptedExitCode);
      await io.out.write(flags.json ? jsonText(resultOf(run)) : resultText(run));
    });
}

function readKey(text: string): string {
  if (/^[\w-]{1,100}$/.test(text)) return text;
  throw new InvalidArgumentError('Give a key as the column record_key has it.');
}

function readCount(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count > 0 && Number.isSafeInteger(count)) return count;
  throw new InvalidArgumentError('Give a whole number from 1 on.');
}

function requestOf({ resume, reason, type, record, from, to, limit, rate, dryRun }: ReplayFlags): JsonObject {
  if (resume) return { resume: true };
  return {
    filter: {
      ...(reason === undefined ? {} : { reason }),
      ...(type === undefined ? {} : { type }),
      ...(record === undefined ? {} : { recordKey: record }),
      ...(from === undefined ? {} : { keptFromMillis: from }),
      ...(to === undefined ? {} : { keptToMillis: to }),
    },
    dryRun,
    ...(limit === undefined ? {} : { limit }),
    ...(rate === undefined ? {} : { rate }),
  };
}

/** Attempts in a row that bring the run no further before it is given up, and the wait before each. */
const maxAttempts = 10;
const retryMillis = 2_000;

interface Replaying {
  readonly target: FunctionTarget;
  readonly flags: ReplayFlags;
  readonly io: CommandIo;
  readonly clock: Clock;
}

/** The run at its end; undefined when it was interrupted here. */
async function replay({ target, flags, io, clock }: Replaying): Promise<ReplayRun | undefined> {
  const signal = io.interrupted();
  const bar = makeProgressBar(io.err);
  let body = requestOf(flags);
  let last: ReplayRun | undefined;
  for (let attempt = 1; ; ) {
    const before = last?.totals.read;
    const call = await follow(target, { body, signal, onRun: (run) => showRun(run, bar) });
    last = call.run ?? last;
    if (signal.aborted) {
      bar.clear();
      await io.err.write('edi: stopped; `edi replay --resume` goes on with it\n');
      return undefined;
    }
    if (call.end === 'done' && call.run !== undefined) {
      bar.clear();
      return call.run;
    }
    if (call.end === 'taken-over') throw new CliError('another call goes on with this run');
    if (last === undefined)
      throw new CliError(`${target.name} does not answer: see with --resume whether a run has begun`);
    attempt = last.totals.read === before ? attempt + 1 : 1;
    if (attempt > maxAttempts) throw new CliError(`${target.name} does not answer: \`edi replay --resume\` goes on`);
    body = { resume: last.id };
    if (call.end !== 'more') await sleep(clock, retryMillis, signal);
  }
}

interface Call {
  readonly run?: ReplayRun;
  /** `broken`: without an end. */
  readonly end: string;
}

async function follow(
  target: FunctionTarget,
  call: { readonly body: JsonObject; readonly signal: AbortSignal; readonly onRun: (run: ReplayRun) => void },
): Promise<Call> {
  let run: ReplayRun | undefined;
  const answer = (end: string): Call => ({ end, ...(run === undefined ? {} : { run }) });
  try {
    for await (const line of askLines(target, call.body, call.signal)) {
      const { error, end } = line;
      if (typeof error === 'string') return answer('broken');
      run = readReplayRun(line['run']);
      if (run === undefined) throw otherVersionOf(target);
      call.onRun(run);
      if (typeof end === 'string') return answer(end);
    }
  } catch (error) {
    if (!(error instanceof Broken) && !call.signal.aborted) throw error;
  }
  return answer('broken');
}

function showRun({ totals, request }: ReplayRun, bar: ReturnType<typeof makeProgressBar>): void {
  bar.show(request.dryRun ? 'dry run' : 'replay', totals.read, Math.max(totals.records, totals.read));
}

function resultOf({ totals, request }: ReplayRun) {
  const { replayed, replayedBefore, stay, read, records } = totals;
  return { replayed, replayedBefore, refused: stay, dryRun: request.dryRun, more: read < records };
}

function resultText(run: ReplayRun): string {
  const { replayed, replayedBefore, refused, dryRun, more } = resultOf(run);
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
  ...retryReasons,
  ...stayReasons,
  unreadable: 'they are not encrypted to the key of this deployment, or nothing that this release can read',
};

function whyText(reason: string): string {
  const meaning = meanings[reason];
  return meaning === undefined ? reason : `${reason} (${meaning})`;
}

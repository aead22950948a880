import { type Command, InvalidArgumentError, Option } from 'commander';
import { systemRandom } from '../../shared/adapters/system-random.ts';
import type { CommandIo } from './command-io.ts';
import { interruptedExitCode } from './command-io.ts';
import { makeProgressBar } from './demo/progress-bar.ts';
import { newRun } from './demo/run.ts';
import { envOption } from './env-option.ts';
import { jsonText } from './output-text.ts';
import { checkLine, exitCodeOf, smokeChecks, smokeJson } from './smoke/checks.ts';
import { openSmoke, type SmokeFlags } from './smoke/open.ts';
import type { SmokePorts } from './smoke/ports.ts';
import { runSmoke } from './smoke/run.ts';
import { urlOption } from './url-option.ts';

interface Flags extends SmokeFlags {
  readonly json: boolean;
}

interface SmokeCommandOptions {
  readonly exit: (code: number) => void;
  /** Tests have a deployment of their own. */
  readonly open?: (flags: SmokeFlags, signal: AbortSignal) => Promise<SmokePorts>;
}

const help = `
Sends three events of the type edi.smoke.v1, and leaves two rows and, of each day, one record in quarantine. Exits with 1
when a check failed, and with 3 when none failed but one could not be made.
`;

/** Adds `edi smoke`, which `npm run smoke` is, too: whether a deployment does what it is for. */
export function addSmokeCommand(
  program: Command,
  io: CommandIo,
  { exit, open = openSmoke }: SmokeCommandOptions,
): void {
  program
    .command('smoke')
    .description('after a deployment: send events through the front door, and look what becomes of them')
    .addOption(envOption('of which environment'))
    .addOption(urlOption())
    .addOption(new Option('--key <key>', 'write key of the SDK edi-smoke').env('EDI_KEY'))
    .addOption(new Option('--wait-seconds <n>', 'how long to wait for a row').argParser(readWait).default(300))
    .option('--json', 'print one JSON object', false)
    .addHelpText('after', help)
    .action(async (flags: Flags) => exit(await smoke(flags, io, open)));
}

function readWait(text: string): number {
  const seconds = Number(text);
  if (/^\d+$/.test(text) && seconds >= 1 && seconds <= 3_600) return seconds;
  throw new InvalidArgumentError('Give a whole number from 1 to 3600.');
}

async function smoke(flags: Flags, io: CommandIo, open: typeof openSmoke): Promise<number> {
  const signal = io.interrupted();
  const bar = makeProgressBar(io.err);
  const ports = await open(flags, signal);
  try {
    let done = 0;
    const total = Object.keys(smokeChecks).length;
    bar.show('checks', done, total);
    const checks = await runSmoke(ports, newRun(systemRandom, ports.clock.nowMillis()), async (check) => {
      bar.clear();
      if (!flags.json) await io.out.write(checkLine(check));
      done += 1;
      if (done < total) bar.show('checks', done, total);
    });
    bar.clear();
    if (flags.json) await io.out.write(jsonText(smokeJson(ports.target, checks)));
    const count = (outcome: string) => checks.filter((check) => check.outcome === outcome).length;
    await io.err.write(
      `edi: ${ports.target}: ${count('ok')} ok, ${count('failed')} failed, ${count('not-checked')} not checked\n`,
    );
    return exitCodeOf(checks, ports.lacks);
  } catch (error) {
    bar.clear();
    if (!signal.aborted) throw error;
    await io.err.write('edi: interrupted\n');
    return interruptedExitCode;
  }
}

import { Command, CommanderError } from 'commander';
import { isSystemError } from '../../shared/observe/system-error.ts';
import { Unavailable } from '../../shared/ports/unavailable.ts';
import { CliError } from './cli-error.ts';
import type { CommandIo } from './command-io.ts';
import { commands } from './commands.ts';
import { addLazily } from './lazily.ts';
import { nameDeployment } from './name-deployment.ts';

/**
 * Runs the command line. Answers with the exit code: 0, 1 for a failure, 2 for wrong usage, 130 after Ctrl-C where that
 * is not the ordinary end. Failures that the user can do something about are one line on stderr; others are bugs, and
 * keep their stack trace.
 */
export async function runCli(args: readonly string[], io: CommandIo): Promise<number> {
  let exitCode = 0;
  const exit = (code: number) => {
    exitCode = code;
  };
  const program = new Command('edi')
    .description('Sends events, looks into a local deployment of the event delivery, and administers write keys.')
    .exitOverride()
    .configureOutput({ writeOut: (text) => void io.out.write(text), writeErr: (text) => void io.err.write(text) });
  program.hook('preAction', (_, command) => nameDeployment(command, io.err));
  await addLazily(commands, { parent: program, args, io, exit });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const isExplained = error instanceof CliError || error instanceof Unavailable || isSystemError(error);
    const problem = isExplained ? error.message : error instanceof Error ? error.stack : String(error);
    await io.err.write(`edi: ${problem}\n`);
    return 1;
  }
}

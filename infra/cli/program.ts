import { Command, CommanderError } from 'commander';
import { Unavailable } from '../../shared/ports/unavailable.ts';
import { CliError } from './cli-error.ts';
import type { CommandIo } from './command-io.ts';
import { addCompletenessCommands } from './completeness.ts';
import { addCostCommand } from './cost.ts';
import { addDeadLettersCommand } from './dead-letters.ts';
import { addDemoCommand } from './demo.ts';
import { addDoctorCommand } from './doctor.ts';
import { addEraseCommand } from './erase.ts';
import { addKeysCommand } from './keys.ts';
import { addLegacyCommand } from './legacy.ts';
import { addLossesCommand } from './losses.ts';
import { nameDeployment } from './name-deployment.ts';
import { addQuarantineCommand } from './quarantine.ts';
import { addQueryCommand } from './query.ts';
import { addReplayCommand } from './replay.ts';
import { addResetCommand } from './reset.ts';
import { addSchemaCommand } from './schema.ts';
import { addScrubCommand } from './scrub.ts';
import { addSecretsCommand } from './secrets.ts';
import { addSendCommand } from './send-file.ts';
import { addSmokeCommand } from './smoke.ts';
import { addSubjectCommand } from './subject.ts';
import { addTailCommand } from './tail.ts';

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
  addDemoCommand(program, io, exit);
  addSendCommand(program, io, exit);
  addQueryCommand(program, io);
  addTailCommand(program, io);
  addKeysCommand(program, io);
  addQuarantineCommand(program, io);
  addReplayCommand(program, io, { exit });
  addResetCommand(program, io);
  addEraseCommand(program, io, { exit });
  addSubjectCommand(program, io, { exit });
  addScrubCommand(program, io);
  addDeadLettersCommand(program, io);
  addLossesCommand(program, io);
  addCompletenessCommands(program, io);
  addSchemaCommand(program, io, exit);
  addLegacyCommand(program, io, exit);
  addSecretsCommand(program, io);
  addCostCommand(program, io);
  addSmokeCommand(program, io, { exit });
  addDoctorCommand(program, io, { exit });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const isExplained = error instanceof CliError || error instanceof Unavailable;
    const problem = isExplained ? error.message : error instanceof Error ? error.stack : String(error);
    await io.err.write(`edi: ${problem}\n`);
    return 1;
  }
}

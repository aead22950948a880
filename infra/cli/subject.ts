import type { Command } from 'commander';
import type { Clock } from '../../shared/ports/clock.ts';
import type { CommandIo } from './command-io.ts';
import type { OpenFunctionTarget } from './function-target.ts';

/** What the commands about one person are given; tests have targets and a clock of their own. */
export interface SubjectCommandOptions {
  readonly exit: (code: number) => void;
  readonly open?: OpenFunctionTarget;
  readonly clock?: Clock;
}

/** Adds `edi subject`, under which there is what can be done for one person; each is a file `subject-<name>.ts`. */
export function addSubjectCommand(program: Command, _io: CommandIo, _options: SubjectCommandOptions): void {
  program.command('subject').description('what is stored of one person');
}

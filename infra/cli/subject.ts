import type { Command } from 'commander';
import type { CommandIo } from './command-io.ts';
import type { OpenFunctionTarget } from './function-target.ts';
import { addSubjectExport } from './subject-export.ts';
import { addSubjectObjection } from './subject-objection.ts';
import { addSubjectPseudonyms } from './subject-pseudonyms.ts';
import { addSubjectSql } from './subject-sql.ts';

/** What the commands about one person are given; tests have targets of their own. */
interface SubjectCommandOptions {
  readonly exit: (code: number) => void;
  readonly open?: OpenFunctionTarget;
}

/** Adds `edi subject`, under which there is what can be done for one person; each is a file `subject-<name>.ts`. */
export function addSubjectCommand(program: Command, io: CommandIo, options: SubjectCommandOptions): void {
  const subject = program.command('subject').description('what is stored of one person');
  addSubjectExport(subject, io, options);
  addSubjectPseudonyms(subject, io.out, options.open);
  addSubjectSql(subject, io);
  addSubjectObjection(subject, io.out, options.open);
}

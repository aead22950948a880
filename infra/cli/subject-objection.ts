import type { Command } from 'commander';
import { CliError } from './cli-error.ts';
import type { Output } from './command-io.ts';
import {
  addFunctionTargetOptions,
  askFunction,
  Broken,
  type FunctionTargetFlags,
  type OpenFunctionTarget,
  openFunctionTarget,
  otherVersionOf,
} from './function-target.ts';
import { jsonText } from './output-text.ts';
import { addPersonNames, nameOf, type PersonNames } from './subject-person.ts';

interface ObjectionFlags extends FunctionTargetFlags, PersonNames {
  readonly json: boolean;
}

const help = `
Events whose subject the person is, or whose source the installation is, are dropped and counted (operations.losses, "objected")
when they were received while the objection lasts. What is stored stays: edi erase ends that. An erasure leaves an objection as it is.
`;

/** Adds `edi subject object` and `edi subject withdraw`. */
export function addSubjectObjection(
  subject: Command,
  out: Output,
  open: OpenFunctionTarget = openFunctionTarget('erase-subject'),
): void {
  for (const [name, description] of [
    ['object', 'drop what is received of a person from now on'],
    ['withdraw', 'end an objection: what is received later is stored again'],
  ] as const) {
    addPersonNames(addFunctionTargetOptions(subject.command(name)))
      .description(description)
      .option('--json', 'print JSON', false)
      .addHelpText('after', help)
      .action(async (flags: ObjectionFlags) => {
        const body = { subjects: [nameOf(flags)], withdraw: name === 'withdraw' };
        const target = await open(flags);
        const receipt = await askFunction(target, { path: '/v1/objections', body }).catch((error: unknown) => {
          throw error instanceof Broken ? new CliError(`${target.name} does not answer: try again`) : error;
        });
        const { changed, droppedFrom, everywhereFrom, droppedUntil } = receipt;
        if (typeof changed !== 'number') throw otherVersionOf(target);
        if (flags.json) return out.write(jsonText(receipt));
        if (changed === 0) {
          return out.write(name === 'object' ? 'objects already: nothing is changed\n' : 'there was no objection\n');
        }
        await out.write(
          name === 'object'
            ? `dropped from ${String(droppedFrom)}, by every instance from ${String(everywhereFrom)}\n`
            : `dropped until ${String(droppedUntil)}, and stored what is received later\n`,
        );
      });
  }
}

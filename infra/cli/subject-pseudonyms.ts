import type { Command } from 'commander';
import type { Output } from './command-io.ts';
import {
  addFunctionTargetOptions,
  type FunctionTargetFlags,
  type OpenFunctionTarget,
  openFunctionTarget,
} from './function-target.ts';
import { jsonText, tableText } from './output-text.ts';
import { addPersonOptions, askPseudonyms, type PersonFlags, personBody } from './subject-person.ts';

interface PseudonymsFlags extends FunctionTargetFlags, PersonFlags {
  readonly json: boolean;
}

const help = `
They find the person in tables and in copies of streams: columns hold \`pseudonym\` where the person's own id stands, and every
value of theirs, whatever it is, begins with \`beginning\`. After an erasure nobody can make them any more.
`;

/** Adds `edi subject pseudonyms`. */
export function addSubjectPseudonyms(
  subject: Command,
  out: Output,
  open: OpenFunctionTarget = openFunctionTarget('export-subject'),
): void {
  addPersonOptions(addFunctionTargetOptions(subject.command('pseudonyms')))
    .description("what stands for a person's id in the tables, until they are erased")
    .option('--json', 'print JSON', false)
    .addHelpText('after', help)
    .action(async (flags: PseudonymsFlags) => {
      const body = personBody(flags);
      const { key, pseudonyms } = await askPseudonyms(await open(flags), body);
      if (flags.json) return out.write(jsonText({ key, pseudonyms: pseudonyms.map((one) => ({ ...one })) }));
      if (pseudonyms.length === 0) return out.write(`there is no key that could make any: ${key}\n`);
      await out.write(
        tableText(
          pseudonyms.map((one) => ({ ...one })),
          ['generation', 'pseudonym', 'beginning'],
        ),
      );
    });
}

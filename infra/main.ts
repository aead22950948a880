import { CheckError } from './checks/violation.ts';
import { EnvironmentError } from './environments/environment.ts';
import { knownEnvironments } from './known-environments.ts';
import { writeStacks } from './stacks/write-stacks.ts';
import { readSynthInput, SynthInputError } from './synth-input.ts';

/** Errors that people can act on; others are bugs, and keep their stack trace. */
const errorsForPeople = [CheckError, EnvironmentError, SynthInputError];

/** What `npm run cdktf` runs: the stacks of all environments. */
try {
  writeStacks(await knownEnvironments(), await readSynthInput());
} catch (error) {
  if (!(error instanceof Error && errorsForPeople.some((kind) => error instanceof kind))) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

import { App } from 'cdktf';
import { CheckError } from './checks/violation.ts';
import { dev } from './environments/dev.ts';
import { EnvironmentError } from './environments/environment.ts';
import { prod } from './environments/prod.ts';
import { declareEnvironment } from './stacks/app.ts';
import { readSynthInput, SynthInputError } from './synth-input.ts';

/** Errors that people can act on; others are bugs, and keep their stack trace. */
const errorsForPeople = [CheckError, EnvironmentError, SynthInputError];

/** What `npx cdktf` runs: the stacks of all environments. */
try {
  const input = await readSynthInput();
  const app = new App();
  for (const environment of [dev, prod]) declareEnvironment(app, { environment, ...input });
  app.synth();
} catch (error) {
  if (!(error instanceof Error && errorsForPeople.some((kind) => error instanceof kind))) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

import { App } from 'cdktf';
import { dev } from './environments/dev.ts';
import { prod } from './environments/prod.ts';
import { declareEnvironment } from './stacks/app.ts';
import { readSynthInput } from './synth-input.ts';

/** What `npx cdktf` runs: the stacks of all environments. Errors that people can act on are told without a stack trace. */
try {
  const input = await readSynthInput();
  const app = new App();
  for (const environment of [dev, prod]) declareEnvironment(app, { environment, ...input });
  app.synth();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

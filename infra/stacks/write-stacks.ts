import { App } from 'cdktf';
import type { Environment } from '../environments/environment.ts';
import { declareEnvironment, type EnvironmentInput } from './app.ts';

/** Writes the stacks of environments below a folder (cdktf's own, `cdktf.out`, where none is given). */
export function writeStacks(
  environments: readonly Environment[],
  input: Omit<EnvironmentInput, 'environment'>,
  folder?: string,
): void {
  const app = new App(folder === undefined ? {} : { outdir: folder });
  for (const environment of environments) declareEnvironment(app, { environment, ...input });
  app.synth();
}

import { environmentNames } from '../environment-names.ts';
import { EnvironmentError } from '../environments/environment.ts';
import { knownEnvironment } from '../known-environments.ts';
import { runProcess } from '../run-process.ts';
import { preflight, preflightExitCodes } from './run.ts';

const say = (line: string) => void process.stdout.write(`${line}\n`);

/** `npm run infra:preflight -- <environment>`: whether an environment can be deployed, before it is. */
async function main([name = '', ...others]: readonly string[]): Promise<number> {
  if (others.length > 0 || !environmentNames().includes(name)) {
    say(`npm run infra:preflight -- <environment>\nThere are the environments ${environmentNames().join(', ')}.`);
    return preflightExitCodes.usage;
  }
  try {
    return await preflight(await knownEnvironment(name), { run: runProcess, say });
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    say(error.message);
    return preflightExitCodes.failed;
  }
}

process.exitCode = await main(process.argv.slice(2));

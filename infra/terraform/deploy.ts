import { readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { CheckError } from '../checks/violation.ts';
import { environmentNames } from '../environment-names.ts';
import { type Environment, EnvironmentError } from '../environments/environment.ts';
import { knownEnvironments } from '../known-environments.ts';
import { runProcess } from '../run-process.ts';
import { writeStacks } from '../stacks/write-stacks.ts';
import { readSynthInput, SynthInputError } from '../synth-input.ts';
import { deployExitCodes, deployStacks, type StackToDeploy, stacksInOrder, stacksOfManifest } from './deploy-stacks.ts';

const projectFolder = resolve(import.meta.dirname, '..', '..');
/** Where cdktf puts it, too. */
const outFolder = join(projectFolder, 'cdktf.out');
const errorsForPeople = [CheckError, EnvironmentError, SynthInputError, RangeError];

const say = (line: string) => void process.stdout.write(`${line}\n`);
const usage = 'npm run deploy -- <environment> [<stack>…] [--yes]';

/**
 * `npm run deploy -- <environment> [<stack>…] [--yes]`: builds, synthesises, and deploys its stacks in order, each plan
 * reviewed before it is applied. `cdktf deploy` does the same without the review.
 */
async function main(args: readonly string[]): Promise<number> {
  const yes = args.includes('--yes');
  const [name, ...only] = args.filter((one) => one !== '--yes');
  const flag = args.find((one) => one.startsWith('-') && one !== '--yes');
  if (name === undefined || flag !== undefined || !environmentNames().includes(name)) {
    say(`${usage}\nThere are the environments ${environmentNames().join(', ')}.`);
    return deployExitCodes.usage;
  }
  const version = await runProcess({ command: 'terraform', args: ['version'], output: 'taken' });
  if (version.status !== 0) {
    say('terraform is not installed: https://developer.hashicorp.com/terraform/install');
    return deployExitCodes.noTerraform;
  }
  const build = await runProcess({
    command: process.execPath,
    args: [join(projectFolder, 'infra', 'bundle', 'main.ts')],
    output: 'shown',
  });
  if (build.interrupted) return deployExitCodes.interrupted;
  if (build.status !== 0) return deployExitCodes.stopped;
  try {
    const environment = (await knownEnvironments()).find((one) => one.name === name);
    if (environment === undefined) throw new EnvironmentError(`infra/environments/${name}.ts exports no environment`);
    const stacks = stacksInOrder(await synthesise(environment), name, only);
    say(`${stacks.length} stacks, in this order: ${stacks.map((stack) => stack.name).join(', ')}`);
    const removeFile = (folder: string, file: string) => rmSync(join(folder, file), { force: true });
    return await deployStacks({ environment, stacks, yes }, { run: runProcess, say, ask, removeFile });
  } catch (error) {
    if (!(error instanceof Error && errorsForPeople.some((kind) => error instanceof kind))) throw error;
    say(error.message);
    return error instanceof RangeError ? deployExitCodes.usage : deployExitCodes.stopped;
  }
}

async function synthesise(environment: Environment): Promise<StackToDeploy[]> {
  writeStacks([environment], await readSynthInput(), outFolder);
  return stacksOfManifest(JSON.parse(readFileSync(join(outFolder, 'manifest.json'), 'utf8')), outFolder);
}

async function ask(question: string): Promise<string | undefined> {
  if (!process.stdin.isTTY) return undefined;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  // Ctrl-C and the end of the input close it, and leave the question open.
  const closed = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
  const answer = await Promise.race([terminal.question(question), closed]);
  terminal.close();
  return answer.trim();
}

process.exitCode = await main(process.argv.slice(2));

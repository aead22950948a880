import { isJsonObject, type JsonValue, parseJson } from '../../shared/event/json.ts';
import { reviewPlan } from '../checks/plan-review.ts';
import { formatViolation } from '../checks/violation.ts';
import type { Environment } from '../environments/environment.ts';
import type { ProcessEnd, RunProcess } from '../run-process.ts';

/** A synthesised stack. */
export interface StackToDeploy {
  readonly name: string;
  /** Where its Terraform is. */
  readonly folder: string;
  /** Names of the stacks that are applied before it. */
  readonly dependencies: readonly string[];
}

export interface DeployPorts {
  readonly run: RunProcess;
  readonly say: (line: string) => void;
  /** The answer of whoever sits there; undefined where nobody does. */
  readonly ask: (question: string) => Promise<string | undefined>;
  /** Takes a file away, where it is. */
  readonly removeFile: (folder: string, file: string) => void;
}

export interface Deployment {
  readonly environment: Pick<Environment, 'name' | 'projectId' | 'protectState'>;
  /** In the order in which they are applied. */
  readonly stacks: readonly StackToDeploy[];
  /** Nobody is asked. */
  readonly yes: boolean;
}

export const deployExitCodes = { done: 0, stopped: 1, usage: 2, noTerraform: 3, interrupted: 130 } as const;

const planFile = 'deploy.plan';
/** `terraform plan -detailed-exitcode`: 0 changes nothing, 2 changes something. */
const exitOfPlan = { same: 0, changes: 2 } as const;

const terraformEnv = { CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1', TF_INPUT: '0' };

/** What came of one stack: `stopped` has been said already. */
type StackEnd = 'applied' | 'unchanged' | 'stopped' | 'interrupted';

/**
 * Plans, reviews and applies each stack, one after the other; `terraform apply` gets the very plan that was reviewed. Ends at
 * the first that Terraform or the review refuses: what was applied before stays, and the same command goes on from there. Where an
 * environment protects its state, somebody is asked once, before the first change. Answers with an exit code.
 */
export async function deployStacks(deployment: Deployment, ports: DeployPorts): Promise<number> {
  const { environment, stacks } = deployment;
  const done: string[] = [];
  let isAllowed = deployment.yes || !environment.protectState;
  const mayApply = async () => {
    isAllowed ||= await isConfirmed(environment, ports);
    return isAllowed;
  };
  for (const stack of stacks) {
    let end: StackEnd;
    try {
      end = await deployStack(stack, ports, mayApply);
    } finally {
      // It holds values of the state.
      ports.removeFile(stack.folder, planFile);
    }
    if (end === 'stopped' || end === 'interrupted') {
      const before = done.length === 0 ? 'nothing was applied before it' : `applied before it: ${done.join(', ')}`;
      ports.say(`${stack.name}: ${end}; ${before}. The same command goes on from here.`);
      return deployExitCodes[end];
    }
    if (end === 'applied') done.push(stack.name);
  }
  ports.say(`${environment.name}: ${done.length} of ${stacks.length} stacks changed`);
  return deployExitCodes.done;
}

async function deployStack(
  stack: StackToDeploy,
  ports: DeployPorts,
  mayApply: () => Promise<boolean>,
): Promise<StackEnd> {
  const { say } = ports;
  const terraform = (args: readonly string[], output: 'shown' | 'taken' = 'shown') =>
    ports.run({ command: 'terraform', args: [`-chdir=${stack.folder}`, ...args], env: terraformEnv, output });
  say(`${stack.name}: plan`);
  const init = await terraform(['init', '-no-color']);
  if (init.status !== 0 || init.interrupted) return failedStep('init', init, say);
  const planned = await terraform(['plan', '-no-color', '-detailed-exitcode', `-out=${planFile}`]);
  const isPlanned = planned.status === exitOfPlan.same || planned.status === exitOfPlan.changes;
  if (!isPlanned || planned.interrupted) return failedStep('plan', planned, say);
  if (planned.status === exitOfPlan.same) return 'unchanged';
  const shown = await terraform(['show', '-json', planFile], 'taken');
  if (shown.status !== 0 || shown.interrupted) return failedStep('show', shown, say);
  if (!passesReview(stack, parseJson(shown.stdout), say)) return 'stopped';
  if (!(await mayApply())) {
    say(`${stack.name}: nobody allowed it, so nothing is applied`);
    return 'stopped';
  }
  const applied = await terraform(['apply', '-no-color', planFile]);
  if (applied.interrupted || applied.status !== 0) return failedStep('apply', applied, say);
  return 'applied';
}

function failedStep(step: 'init' | 'plan' | 'show' | 'apply', end: ProcessEnd, say: DeployPorts['say']): StackEnd {
  if (end.interrupted) {
    say(
      step === 'apply'
        ? 'interrupted while it was applied: what was done is in the state, and the next plan has the rest'
        : `interrupted in terraform ${step}, which changes nothing`,
    );
    return 'interrupted';
  }
  say(`terraform ${step} failed (status ${end.status ?? 'none'}), as it says above${adviceOn[step]}`);
  return 'stopped';
}

const adviceOn = {
  init: ': is the state bucket there, and may you read it? "npm run infra:preflight" looks',
  plan: '',
  show: '',
  apply: ': what was done is in the state. IAM takes minutes to spread: where it is about a permission, repeat',
} as const;

function passesReview({ name, folder }: StackToDeploy, plan: JsonValue | undefined, say: DeployPorts['say']): boolean {
  const review = plan === undefined ? undefined : reviewPlan(plan);
  if (review?.kind !== 'reviewed') {
    say(`${name}: refused, for the plan cannot be read: is this version of Terraform supported?`);
    return false;
  }
  if (review.violations.length === 0) {
    say(`${name}: ${review.changes} changes, nothing that is stored is lost`);
    return true;
  }
  say(`${name}: refused, since these changes would lose what is stored:`);
  for (const violation of review.violations) say(formatViolation(violation));
  say(`Nothing of ${name} is applied. Where a loss is meant, plan and apply it by hand, in ${folder}.`);
  return false;
}

async function isConfirmed({ name, projectId }: Deployment['environment'], { ask, say }: DeployPorts) {
  const answer = await ask(`This changes ${name} (project ${projectId}). Type ${name} to go on: `);
  if (answer === undefined) say('There is nobody to ask: say --yes');
  return answer === name;
}

/** In the order in which they are applied, those of `only` where that names some. Throws a `RangeError` for a name of none. */
export function stacksInOrder(
  stacks: readonly StackToDeploy[],
  environment: string,
  only: readonly string[],
): readonly StackToDeploy[] {
  const wanted = new Set(only.map((name) => (name.startsWith(`${environment}-`) ? name : `${environment}-${name}`)));
  const names = new Set(stacks.map(({ name }) => name));
  const unknown = [...wanted].find((name) => !names.has(name));
  if (unknown !== undefined) throw new RangeError(`there is no stack ${unknown}; there are: ${[...names].join(', ')}`);
  const ordered: StackToDeploy[] = [];
  const rest = new Set(stacks);
  while (rest.size > 0) {
    const waiting = new Set([...rest].map(({ name }) => name));
    const next = [...rest].find(({ dependencies }) => !dependencies.some((name) => waiting.has(name)));
    if (next === undefined) throw new RangeError(`these stacks wait for each other: ${[...waiting].join(', ')}`);
    ordered.push(next);
    rest.delete(next);
  }
  return ordered.filter(({ name }) => wanted.size === 0 || wanted.has(name));
}

/** The stacks that cdktf's manifest lists ("manifest.json"). */
export function stacksOfManifest(manifest: JsonValue, outFolder: string): StackToDeploy[] {
  const stacks = isJsonObject(manifest) ? manifest['stacks'] : undefined;
  return Object.values(isJsonObject(stacks) ? stacks : {})
    .filter(isJsonObject)
    .map(({ name, workingDirectory, dependencies }) => ({
      name: String(name),
      folder: `${outFolder}/${String(workingDirectory)}`,
      dependencies: Array.isArray(dependencies) ? dependencies.map(String) : [],
    }));
}

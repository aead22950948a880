import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { isJsonObject, type JsonObject } from '../../shared/event/json.ts';
import type { Environment } from '../environments/environment.ts';
import { knownEnvironments } from '../known-environments.ts';
import { writeStacks } from '../stacks/write-stacks.ts';
import { readSynthInput, type SynthInput } from '../synth-input.ts';
import { changesIn, madeState } from './made-state.ts';
import { planAgain, planStack, type StackPlan } from './plan-stacks.ts';
import { whyNoTerraform } from './terraform.ts';

/** The check could not be made here. */
const exitSkipped = 3;
/** A reference is known one plan after what it names. */
const maxRounds = 5;
const addedRegion = 'europe-west3';
/** Of cdktf, in the folder of a stack. */
const stackFile = 'cdk.tf.json';
const buildScript = resolve(import.meta.dirname, '..', 'bundle', 'main.ts');

const say = (line: string) => process.stdout.write(`${line}\n`);

/**
 * `npm run infra:replan [-- <environment> [<stack>…]]`: makes a state of each stack as if it had been applied and Google had answered,
 * and plans against it again. Nothing may change when nothing was changed or the same sources are built again, and nothing
 * may change or go when a region of ingest is added. Then it plans to destroy the stack: what is protected has to refuse,
 * and the rest has to go.
 */
async function main([only, ...stacks]: readonly string[]): Promise<number> {
  const reason = whyNoTerraform();
  if (reason !== undefined) {
    say(`infra:replan was skipped: ${reason}`);
    return exitSkipped;
  }
  const environments = (await knownEnvironments()).filter(({ name }) => only === undefined || name === only);
  if (environments.length === 0) {
    say(`there is no environment "${only}"`);
    return 2;
  }
  const folder = mkdtempSync(join(tmpdir(), 'edi-replan-'));
  try {
    const input = await readSynthInput();
    let found = stacks.length > 0 ? 0 : tell('build', 'again', await builtOtherwise(input));
    for (const environment of environments) found += replanEnvironment(environment, input, { folder, stacks });
    say(found === 0 ? 'no stack would change' : `${found} changes that nobody made`);
    return found === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Asked {
  readonly folder: string;
  /** All where none is named. */
  readonly stacks: readonly string[];
}

function replanEnvironment(environment: Environment, input: SynthInput, { folder, stacks }: Asked): number {
  const [same, wider] = [join(folder, `${environment.name}-same`), join(folder, `${environment.name}-wider`)];
  writeStacks([environment], input, same);
  writeStacks([{ ...environment, regions: [...environment.regions, addedRegion] }], input, wider);
  let found = 0;
  const all = readdirSync(join(same, 'stacks')).sort();
  for (const stack of all.filter((one) => stacks.length === 0 || stacks.includes(one))) {
    const place = join(same, 'stacks', stack);
    const declared = readFileSync(join(place, stackFile), 'utf8');
    const applied = applyOffline(place);
    if (applied.kind === 'refused') {
      say(`${stack.padEnd(28)} terraform ${applied.step} failed:\n${applied.output}`);
      found += 1;
      continue;
    }
    found += tell(stack, 'again', applied.changes);
    // The provider that is there already.
    for (const file of ['.terraform', '.terraform.lock.hcl', 'offline_override.tf.json']) {
      cpSync(join(place, file), join(wider, 'stacks', stack, file), { recursive: true, verbatimSymlinks: true });
    }
    const widened = planAgain(join(wider, 'stacks', stack), applied.state);
    const changes = widened.kind === 'planned' ? changesIn(widened.plan) : [widened.output];
    found += tell(
      stack,
      'with one region more',
      changes.filter((change) => !isWanted(change)),
    );
    writeFileSync(join(place, stackFile), declared);
    const fine = environment.protectState ? 'refuses where it holds something' : 'goes';
    found += tell(stack, 'taken down', notTakenDown(environment, place, applied.state), fine);
  }
  return found;
}

/** Functions whose archives differ when the same sources are built again: each would be deployed again. */
async function builtOtherwise({ archives }: SynthInput): Promise<string[]> {
  const { status, stderr } = spawnSync(process.execPath, [buildScript], { encoding: 'utf8' });
  if (status !== 0) return [`the build failed: ${stderr}`];
  const again = await readSynthInput();
  return [...again.archives].flatMap(([name, { sha256 }]) => (archives.get(name)?.sha256 === sha256 ? [] : [name]));
}

/** What is wrong with a plan to destroy the stack, as "Take dev down" in `infra/stacks/README.md` has it done. */
function notTakenDown({ protectState }: Environment, folder: string, state: JsonObject): string[] {
  const isProtected = readFileSync(join(folder, stackFile), 'utf8').includes('"prevent_destroy": true');
  const planned = planAgain(folder, protectState ? state : withoutSecrets(state), ['-destroy']);
  if (!protectState) return planned.kind === 'refused' ? [planned.output] : [];
  const goes = planned.kind === 'planned' && isProtected;
  return goes ? ['what is protected would be destroyed'] : [];
}

/** As `terraform state rm` leaves it. */
function withoutSecrets(state: JsonObject): JsonObject {
  const resources = (Array.isArray(state['resources']) ? state['resources'] : []).filter(isJsonObject);
  return { ...state, resources: resources.filter(({ type }) => type !== 'google_secret_manager_secret') };
}

/** Where messages are kept, what stands behind the front door and what counts regions: that is what a region more is for. */
const wanted = [
  /^create /,
  /^update google_pubsub_topic\.\S+: message_storage_policy$/,
  /^update google_bigquery_table\.(?:hour-states|quiet-types-view): view$/,
  /^update google_bigquery_data_transfer_config\.quiet-types_query: params$/,
  /^update google_compute_backend_service\.\S+: (?:backend|, )+$/,
];

function isWanted(change: string): boolean {
  return wanted.some((one) => one.test(change));
}

type Applied =
  | { readonly kind: 'applied'; readonly state: JsonObject; readonly changes: readonly string[] }
  | Extract<StackPlan, { kind: 'refused' }>;

/** Until the plan is empty, or changes what it has changed before. */
function applyOffline(folder: string): Applied {
  // A reference that becomes known replaces what names it here, and nothing is protected from that.
  const file = join(folder, stackFile);
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll('"prevent_destroy": true', '"prevent_destroy": false'));
  let planned = planStack(folder);
  for (let round = 1; ; round += 1) {
    if (planned.kind === 'refused') return planned;
    const state = madeState(planned.plan, (path) => readFileSync(join(folder, path)));
    planned = planAgain(folder, state);
    if (planned.kind === 'refused') return planned;
    const changes = changesIn(planned.plan);
    if (changes.length === 0 || round === maxRounds) return { kind: 'applied', state, changes };
  }
}

function tell(stack: string, when: string, changes: readonly string[], fine = 'no change'): number {
  say(`${stack.padEnd(28)} ${when}: ${changes.length === 0 ? fine : changes.join('\n  ')}`);
  return changes.length;
}

process.exitCode = await main(process.argv.slice(2));

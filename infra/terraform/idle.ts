import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resourcesOf } from '../checks/resource-check.ts';
import { type Declared, idleBill } from '../cost/idle-bill.ts';
import { pricesAsOf } from '../cost/prices.ts';
import type { Environment } from '../environments/environment.ts';
import { knownEnvironments } from '../known-environments.ts';
import { writeStacks } from '../stacks/write-stacks.ts';
import { readSynthInput, type SynthInput } from '../synth-input.ts';

const say = (line: string) => process.stdout.write(`${line}\n`);

/** `npm run infra:idle [-- <environment>]`: what an environment costs a month while nobody sends anything to it. */
async function main(only: string | undefined): Promise<number> {
  const environments = (await knownEnvironments()).filter(({ name }) => only === undefined || name === only);
  if (environments.length === 0) {
    say(`there is no environment "${only}"`);
    return 2;
  }
  const input = await readSynthInput();
  for (const environment of environments) tell(environment, declaredIn(environment, input));
  return 0;
}

function declaredIn(environment: Environment, input: SynthInput): Declared[] {
  const folder = mkdtempSync(join(tmpdir(), 'edi-idle-'));
  try {
    writeStacks([environment], input, folder);
    const stacks = join(folder, 'stacks');
    return readdirSync(stacks).flatMap((stack) =>
      resourcesOf(JSON.parse(readFileSync(join(stacks, stack, 'cdk.tf.json'), 'utf8'))),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function tell({ name }: Environment, declared: readonly Declared[]): void {
  const { lines, totalUsd } = idleBill(declared);
  say(`${name}, idle: ${totalUsd.toFixed(2)} USD a month at list prices of ${pricesAsOf}, without free tiers`);
  for (const { component, usd, quantity, unit } of lines.filter((one) => one.usd > 0)) {
    const amount = quantity.toLocaleString('en-US', { maximumFractionDigits: 3 });
    say(`  ${component.padEnd(18)} ${usd.toFixed(2).padStart(7)}  ${amount} × ${unit}`);
  }
}

process.exitCode = await main(process.argv[2]);

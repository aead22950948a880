import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { planStack } from './plan-stacks.ts';
import { whyNoTerraform } from './terraform.ts';

/** The check could not be made here. */
const exitSkipped = 3;
const projectFolder = resolve(import.meta.dirname, '..', '..');

const say = (line: string) => process.stdout.write(`${line}\n`);

function main(): number {
  const reason = whyNoTerraform();
  if (reason !== undefined) {
    say(`infra:validate was skipped: ${reason}`);
    return exitSkipped;
  }
  const output = mkdtempSync(join(tmpdir(), 'edi-validate-'));
  try {
    return validate(output);
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
}

function validate(output: string): number {
  const synth = spawnSync('npx', ['--no-install', 'cdktf', 'synth', '--output', output], {
    cwd: projectFolder,
    encoding: 'utf8',
    env: { ...process.env, CHECKPOINT_DISABLE: '1', CI: '1' },
  });
  if (synth.status !== 0) {
    say(`cdktf synth failed:\n${synth.stdout}\n${synth.stderr}`);
    return 1;
  }
  let [resources, refused] = [0, 0];
  for (const stack of readdirSync(join(output, 'stacks')).sort()) {
    const plan = planStack(join(output, 'stacks', stack));
    if (plan.kind === 'planned') {
      resources += plan.resources;
      say(`${stack.padEnd(28)} ${String(plan.resources).padStart(5)} resources of ${plan.types} types`);
    } else {
      refused += 1;
      say(`${stack.padEnd(28)} terraform ${plan.step} failed:\n${plan.output}`);
    }
  }
  say(`${resources} resources planned, ${refused} stacks refused`);
  return refused === 0 ? 0 : 1;
}

process.exitCode = main();

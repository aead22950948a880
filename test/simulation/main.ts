import { parseArgs } from 'node:util';
import { flagProblem } from '../helpers/flag-problem.ts';
import { type FaultKind, faultKinds } from './chaos.ts';
import type { Reduction } from './plan.ts';
import { simulate } from './run.ts';
import { commandOf, shrink, whole } from './shrink.ts';

// npm run sim -- --seeds N [--seed S] [--shrink], and what `--shrink` prints: --events, --steps, --faults.
const options = {
  seeds: { type: 'string' },
  seed: { type: 'string' },
  shrink: { type: 'boolean', default: false },
  events: { type: 'string' },
  steps: { type: 'string' },
  faults: { type: 'string' },
} as const;
const values = readFlags();
const first = Number(values.seed ?? 1);
const count = Number(values.seeds ?? (values.seed === undefined ? 100 : 1));
if (!Number.isSafeInteger(first) || !Number.isSafeInteger(count) || count < 1) {
  misused('N and S are whole numbers');
}

const startedMillis = performance.now();
const faults = new Map<string, number>();
let failed = 0;
for (let seed = first; seed < first + count; seed++) {
  const reduction = readReduction();
  const result = await simulate(seed, reduction);
  for (const [kind, times] of [...result.faults, ...result.counts]) faults.set(kind, (faults.get(kind) ?? 0) + times);
  if (result.violations.length === 0) continue;
  failed++;
  print(`seed ${seed} fails:`, ...result.violations.map((violation) => `  ${violation}`));
  print(`  ${commandOf(seed, { ...whole(seed), ...reduction })}`);
  if (!values.shrink) continue;
  const kept = await shrink(seed, async (left) => (await simulate(seed, left)).violations.length > 0);
  const { violations } = await simulate(seed, kept);
  print('  shrunk to:', ...violations.map((violation) => `    ${violation}`), `    ${commandOf(seed, kept)}`);
}
const seconds = (performance.now() - startedMillis) / 1_000;
const byCount = [...faults].sort(([, one], [, other]) => other - one);
print('faults by kind:', ...byCount.map(([kind, times]) => `  ${String(times).padStart(8)}  ${kind}`));
print(`${count} seeds from ${first}, ${failed} failed, ${(count / seconds).toFixed(1)} seeds/s`);
process.exitCode = failed > 0 ? 1 : 0;

function readFlags() {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    const problem = flagProblem(error);
    if (problem === undefined) throw error;
    return misused(problem);
  }
}

function misused(problem: string): never {
  process.stderr.write(`npm run sim -- --seeds N [--seed S] [--shrink]: ${problem}\n`);
  process.exit(2);
}

function print(...lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

function readReduction(): Reduction {
  const list = (text: string) => (text === 'none' ? [] : text.split(','));
  const { events, steps, faults: kinds } = values;
  return {
    ...(events === undefined ? {} : { events: list(events).map(Number) }),
    ...(steps === undefined ? {} : { steps: list(steps).map(Number) }),
    ...(kinds === undefined ? {} : { faults: list(kinds).filter((kind): kind is FaultKind => kind in faultKinds) }),
  };
}

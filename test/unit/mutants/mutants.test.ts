import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectFolder } from '../../helpers/local-process.ts';
import { mutants } from '../../mutants/list.ts';
import type { Mutant } from '../../mutants/mutant.ts';
import { problemOf } from '../../mutants/run-mutants.ts';

/** In a process of its own: a test that runs tests would share its state with them. */
function run(...args: string[]) {
  return spawnSync(process.execPath, args, { cwd: projectFolder, encoding: 'utf8' });
}

test('every mutant still fits the code, and has a name of its own', () => {
  expect(mutants.flatMap((mutant) => problemOf(mutant) ?? [])).toEqual([]);
  expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
  expect(mutants.length).toBeGreaterThanOrEqual(40);
  expect(mutants.filter(({ inCi }) => inCi)).toHaveLength(10);
});

test('the ten that are fastest are killed', () => {
  const { status, stdout } = run('test/mutants/main.ts', '--ci');
  expect(stdout).toContain('10 of 10 mutants killed');
  expect(status).toBe(0);
});

test('one that nothing notices has survived; one that cannot be loaded, or that the code has outgrown, is broken', () => {
  const file = 'shared/batch/marks.ts';
  const common = { file, old: '/^[0-7]*$/', test: 'test/unit/batch/marks.test.ts' };
  const tried: readonly Mutant[] = [
    { ...common, name: 'killed', new: '/^[0-3]*$/' },
    { ...common, name: 'harmless', new: '/^[0-7]{0,}$/' },
    { ...common, name: 'no code', new: '/^[0-7]*$/ (' },
    { ...common, name: 'outgrown', old: 'nowhere', new: '' },
  ];
  const script = `
    import { runMutants } from ${JSON.stringify(join(projectFolder, 'test/mutants/run-mutants.ts'))};
    const verdicts = await runMutants(${JSON.stringify(tried)});
    console.log(JSON.stringify(Object.fromEntries(verdicts.map(({ mutant, fate }) => [mutant.name, fate]))));
    process.exit();`;
  const { stdout } = run('--input-type=module', '--eval', script);
  const fates: unknown = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  expect(fates).toEqual({ killed: 'killed', harmless: 'survived', 'no code': 'broken', outgrown: 'broken' });
});

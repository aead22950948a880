import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TestProjectInlineConfiguration } from 'vitest/config';
import { startVitest } from 'vitest/node';
import { projectFolder } from '../helpers/local-process.ts';
import type { Mutant } from './mutant.ts';

/** `killed`: a test of the named file failed. `survived`: none did. `broken`: nothing was tried. */
type Fate = 'killed' | 'survived' | 'broken';

export interface Verdict {
  readonly mutant: Mutant;
  readonly fate: Fate;
  readonly why: string;
}

/** What is wrong with a mutant before anything runs. */
export function problemOf({ file, old, test, new: changed }: Mutant): string | undefined {
  const path = join(projectFolder, file);
  if (!existsSync(path)) return `there is no ${file}`;
  if (!existsSync(join(projectFolder, test))) return `there is no ${test}`;
  const found = readFileSync(path, 'utf8').split(old).length - 1;
  if (found !== 1) return `its old text stands in ${file} ${found} times, and must once`;
  return old === changed ? 'it changes nothing' : undefined;
}

/**
 * Runs each mutant's test on the mutated code: the text is replaced as the file is loaded, so that no file changes. A test
 * that loads code in another process or thread sees none of it, and cannot be named. Mutants that are broken are not run.
 */
export async function runMutants(mutants: readonly Mutant[]): Promise<Verdict[]> {
  const broken = mutants.flatMap((mutant): Verdict[] => {
    const why = problemOf(mutant);
    return why === undefined ? [] : [{ mutant, fate: 'broken', why }];
  });
  const sound = mutants.filter((mutant) => problemOf(mutant) === undefined);
  const results = await runProjects(sound.map((mutant) => ({ test: mutant.test, mutant })));
  return [...broken, ...sound.map((mutant, at): Verdict => ({ mutant, ...fateOf(results[at]) }))];
}

/** Test files that fail on the code as it is, and so would kill anything. */
export async function failingTests(mutants: readonly Mutant[]): Promise<string[]> {
  const tests = [...new Set(mutants.map(({ test }) => test))];
  const results = await runProjects(tests.map((test) => ({ test })));
  return tests.filter(
    (_, at) => results[at] === undefined || results[at].failed.length > 0 || results[at].passed === 0,
  );
}

interface Tried {
  readonly failed: readonly string[];
  readonly passed: number;
}

function fateOf(tried: Tried | undefined): Pick<Verdict, 'fate' | 'why'> {
  const [first] = tried?.failed ?? [];
  if (first !== undefined) return { fate: 'killed', why: first };
  const passed = tried?.passed ?? 0;
  if (passed === 0) return { fate: 'broken', why: 'no test ran: the mutated code cannot be loaded' };
  return { fate: 'survived', why: `${passed} tests passed` };
}

/** They take long to start, and would be started for each mutant: it dies without them. */
const withoutEmulators = {
  PATH: dirname(process.execPath),
  EDI_REQUIRE_EMULATORS: '',
  FIRESTORE_EMULATOR_HOST: '',
  PUBSUB_EMULATOR_HOST: '',
};

/** Servers of one process at once; each holds the modules of one mutant. */
const maxProjects = 8;

async function runProjects(runs: readonly { readonly test: string; readonly mutant?: Mutant }[]): Promise<Tried[]> {
  const results: Tried[] = [];
  for (let from = 0; from < runs.length; from += maxProjects) {
    const some = runs.slice(from, from + maxProjects);
    const projects = some.map((run, at) => projectOf(`run ${at}`, run));
    const options = {
      config: false as const,
      root: projectFolder,
      watch: false,
      reporters: [silent],
      maxWorkers: 2,
      projects,
    };
    const exitCode = process.exitCode;
    const vitest = await startVitest('test', [], options);
    // It says that tests failed, which they should.
    process.exitCode = exitCode;
    const modules = vitest.state.getTestModules();
    for (const [at] of some.entries()) {
      const tests = modules
        .filter(({ project }) => project.name === `run ${at}`)
        .flatMap((module) => [...module.children.allTests()]);
      const inState = (state: string) => tests.filter((test) => test.result().state === state);
      results.push({ failed: inState('failed').map(({ fullName }) => fullName), passed: inState('passed').length });
    }
    await vitest.close();
  }
  return results;
}

function projectOf(
  name: string,
  { test, mutant }: { readonly test: string; readonly mutant?: Mutant },
): TestProjectInlineConfiguration {
  return {
    root: projectFolder,
    plugins: mutant === undefined ? [] : [replacing(mutant)],
    test: {
      name,
      root: projectFolder,
      include: [test],
      testTimeout: 60_000,
      hookTimeout: 60_000,
      env: withoutEmulators,
    },
  };
}

function replacing({ file, old, new: changed }: Mutant) {
  const path = join(projectFolder, file);
  return {
    name: 'mutant',
    enforce: 'pre' as const,
    transform: (code: string, id: string) => (id === path ? code.replace(old, () => changed) : undefined),
  };
}

const silent = {};

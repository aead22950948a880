import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { LongFirst } from './helpers/long-first.ts';
import { aloneTests, fastFolders, longSharedTests, longTests, wholeTests } from './helpers/projects.ts';

const root = new URL('..', import.meta.url).pathname;
const common = {
  root,
  // How fast a machine is, and what else it does, is not what tests judge: with ten programs on two cores a minute was too little.
  testTimeout: 180_000,
  hookTimeout: 240_000,
  // Two more than there are cores, since files that start whole deployments mostly wait: for drains, ack deadlines,
  // redeliveries, processes that start. `LongFirst` spreads them among files that compute.
  maxWorkers: availableParallelism() + 2,
  setupFiles: ['test/helpers/keep-compiled.ts'],
};

/** These files share processes, where each module is loaded once. What one of them sets by `vi` is gone before the next. */
const sharing = { ...common, isolate: false, unstubEnvs: true, unstubGlobals: true };

export default defineConfig({
  test: {
    root,
    globalSetup: ['test/helpers/run-services.ts'],
    sequence: { sequencer: LongFirst },
    // What Vite makes of a file is kept in node_modules, by the file's content: a tenth of the fast tests' processor time.
    experimental: { fsModuleCache: true },
    projects: [
      { test: { ...sharing, name: 'fast', include: fastFolders, exclude: [...longTests, ...aloneTests] } },
      { test: { ...common, name: 'fast-alone', include: aloneTests } },
      { test: { ...common, name: 'long', include: longTests, exclude: longSharedTests } },
      { test: { ...sharing, name: 'long-shared', include: longSharedTests } },
      {
        test: {
          ...common,
          name: 'whole',
          include: wholeTests,
          // Of deployments that start several times, and commands that are processes, one after the other.
          testTimeout: 300_000,
          // Within a second, which is the default, a loaded machine has not drawn a page.
          expect: { poll: { timeout: 30_000 } },
        },
      },
    ],
  },
});

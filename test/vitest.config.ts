import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { LongFirst } from './helpers/long-first.ts';

const root = new URL('..', import.meta.url).pathname;
// How fast a machine is, and what else it does, is not what tests judge: with ten programs on two cores a minute was too little.
const timeouts = { testTimeout: 180_000, hookTimeout: 240_000 };
// Two more than there are cores, since files that start whole deployments mostly wait: for drains, ack deadlines, redeliveries,
// processes that start. `LongFirst` spreads them among files that compute.
const maxWorkers = availableParallelism() + 2;

/**
 * Folders of `unit/` whose tests are functions over values and memory: they start nothing, and stub, mock or set nothing that
 * another file would find. They share processes, where each module is loaded once, which takes a quarter off their time.
 */
const together = [
  'batch',
  'compat',
  'completeness',
  'cost',
  'crypto',
  'dedup',
  'event',
  'event-types',
  'export-legacy',
  'export-subject',
  'google-sql',
  'heartbeat',
  'legacy',
  'needs',
  'observe',
  'operations',
  'outcome',
  'prove-erasure',
  'pseudonymize',
  'publication',
  'publish-schema',
  'quarantine',
  'schema-document',
  'schema-language',
  'sdks',
  'subject-tokens',
  'write-keys',
].map((folder) => `test/unit/${folder}/**/*.test.ts`);

export default defineConfig({
  test: {
    root,
    globalSetup: ['test/helpers/run-services.ts'],
    sequence: { sequencer: LongFirst },
    projects: [
      {
        test: {
          name: 'parts',
          root,
          include: ['test/{unit,contract,schema,infra,simulation}/**/*.test.ts'],
          exclude: together,
          setupFiles: ['test/helpers/keep-compiled.ts'],
          ...timeouts,
          maxWorkers,
        },
      },
      {
        test: {
          name: 'parts-together',
          root,
          include: together,
          ...timeouts,
          isolate: false,
          maxWorkers,
        },
      },
      {
        test: {
          name: 'whole',
          root,
          include: ['test/{integration,e2e}/**/*.test.ts'],
          ...timeouts,
          // Of deployments that start several times, and commands that are processes, one after the other.
          testTimeout: 300_000,
          // Within a second, which is the default, a loaded machine has not drawn a page.
          expect: { poll: { timeout: 30_000 } },
          maxWorkers,
        },
      },
    ],
  },
});

import { defineConfig } from 'vitest/config';

const root = new URL('..', import.meta.url).pathname;
const timeouts = { testTimeout: 20_000, hookTimeout: 60_000 };
// Vitest leaves one core to itself, which has little to do: on two cores that would be half of the machine.
const maxWorkers = '100%';

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
    projects: [
      {
        test: {
          name: 'parts',
          root,
          include: ['test/{unit,contract,schema,infra,simulation}/**/*.test.ts'],
          exclude: together,
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
          // How long a deployment takes to start and to drain is the machine's business, not what these tests judge.
          testTimeout: 60_000,
          hookTimeout: 180_000,
          // Within a second, which is the default, a loaded machine has not drawn a page.
          expect: { poll: { timeout: 20_000 } },
          // Each file runs whole deployments, which mostly wait: for drains, redeliveries, processes that start. Two at
          // a time take little more than half as long; more of them than cores would be too slow for their time limits.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});

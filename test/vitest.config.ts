import { defineConfig } from 'vitest/config';

const root = new URL('..', import.meta.url).pathname;
const timeouts = { testTimeout: 20_000, hookTimeout: 60_000 };

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
          ...timeouts,
          // Vitest leaves one core to itself, which has little to do: on two cores that would be half of the machine.
          maxWorkers: '100%',
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

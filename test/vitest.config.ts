import { defineConfig } from 'vitest/config';

const root = new URL('..', import.meta.url).pathname;
const timeouts = { testTimeout: 20_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    root,
    projects: [
      {
        test: {
          name: 'parts',
          root,
          include: ['test/{unit,contract,schema,infra,simulation}/**/*.test.ts'],
          ...timeouts,
        },
      },
      {
        test: {
          name: 'whole',
          root,
          include: ['test/{integration,e2e}/**/*.test.ts'],
          ...timeouts,
          // Each file runs whole deployments, which need the machine to themselves.
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});

import { openBase } from '../../shared/adapters/gcp/openers/base.ts';
import { register } from '../../shared/adapters/gcp/register.ts';
import { readBody } from '../../shared/http/body.ts';
import { answer } from '../../shared/http/http.ts';
import type { Needs } from '../../shared/needs/needs.ts';

// A function for bundles in tests: counts a request, and answers it when its body has come.
const needs = {
  name: 'waiting',
  callers: { kind: 'public' },
  publishes: [],
  databases: {},
  buckets: {},
  secrets: [],
  describes: [],
  settings: [],
  size: { memoryMiB: 512, cpu: 1, concurrency: 1, timeoutSeconds: 60, requestMiB: 1 },
  instances: { min: 0, max: 1 },
} as const satisfies Needs;

register(
  needs,
  { base: openBase },
  async ({ observer }) =>
    async (request, response) => {
      observer.count('accepted');
      observer.log('INFO', 'began');
      await readBody(request, 1_000);
      answer(response, 200, { body: 'whole' });
    },
  {},
);

import type { Needs } from '../../shared/needs/needs.ts';

export const needs = {
  name: 'prove-erasure',
  // Each call is repeatable, so one that failed is made up for by the next of the day.
  callers: { kind: 'schedule', cron: '40 */6 * * *' },
  calls: ['erase-subject'],
  publishes: [],
  // Keys are looked for and cannot be opened: it has no master keyset.
  databases: { subjectKeys: 'find' },
  buckets: {},
  secrets: ['lookupKey', 'proofKey'],
  describes: [],
  rows: ['events'],
  settings: ['frontDoor'],
  size: { memoryMiB: 512, cpu: 1, concurrency: 1, timeoutSeconds: 300, requestMiB: 128 },
  instances: { min: 0, max: 1 },
} as const satisfies Needs;

import type { Needs } from '../../shared/needs/needs.ts';

export const needs = {
  name: 'finish-erasures',
  // Hourly, so that what a cutoff has passed waits for an hour at most; most calls find nothing to do.
  callers: { kind: 'schedule', cron: '25 * * * *' },
  publishes: [],
  // Which types there are, and what in their rows is personal.
  databases: { registry: 'read' },
  buckets: {},
  // No secret: it knows nobody, and works with what erase-subject has left.
  secrets: [],
  describes: [],
  changes: ['erasure', 'quarantine', 'events'],
  settings: [],
  size: { memoryMiB: 512, cpu: 1, concurrency: 1, timeoutSeconds: 1_800, requestMiB: 128 },
  instances: { min: 0, max: 1 },
} as const satisfies Needs;

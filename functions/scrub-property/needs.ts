import type { Needs } from '../../shared/needs/needs.ts';

export const needs = {
  name: 'scrub-property',
  callers: { kind: 'operators' },
  publishes: [],
  // No secret: it takes values away, and can open none.
  databases: { registry: 'read' },
  buckets: { rawArchive: 'purge' },
  secrets: [],
  describes: [],
  changes: ['events', 'quarantine', 'unfitRows', 'scrubs'],
  settings: ['hasRawArchive'],
  // It waits for others most of the time. A type has two tables at most, and a statement takes as long as a call may.
  size: { memoryMiB: 512, cpu: 0.5, concurrency: 1, timeoutSeconds: 1_800, requestMiB: 128 },
  instances: { min: 0, max: 1 },
} as const satisfies Needs;

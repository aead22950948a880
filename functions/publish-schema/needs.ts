import type { Needs } from '../../shared/needs/needs.ts';

export const needs = {
  name: 'publish-schema',
  callers: { kind: 'push', reads: 'schemaUploads' },
  publishes: ['deadLetters'],
  databases: { registry: 'write' },
  buckets: { snapshot: 'write', schemas: 'read' },
  secrets: [],
  describes: ['raw'],
  settings: [],
  // A schema of a MiB, its validator, and the whole registry for the snapshot.
  size: { memoryMiB: 1_024, cpu: 1, concurrency: 8, timeoutSeconds: 60, requestMiB: 64 },
  instances: { min: 0, max: 2 },
} as const satisfies Needs;

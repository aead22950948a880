import type { Needs } from '../../shared/needs/needs.ts';

export const needs = {
  name: 'dedup',
  callers: { kind: 'push', reads: 'received' },
  publishes: ['deduplicated', 'quarantine', 'losses', 'deadLetters'],
  databases: { registry: 'read', claims: 'write' },
  buckets: { snapshot: 'read' },
  secrets: ['claimsKey', 'quarantinePublicKey', 'quarantineRecordKey'],
  describes: [],
  settings: ['lookBackDays'],
  size: { memoryMiB: 1_024, cpu: 1, concurrency: 40, timeoutSeconds: 60, requestMiB: 16 },
  coreTime: { callMicros: 700, eventMicros: 1 },
  instances: { min: 0, max: 5 },
} as const satisfies Needs;

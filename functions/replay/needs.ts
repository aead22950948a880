import type { Needs } from '../../shared/needs/needs.ts';

export const needs = {
  name: 'replay',
  callers: { kind: 'operators' },
  publishes: ['received', 'replayed'],
  databases: { registry: 'read', replays: 'write' },
  buckets: { snapshot: 'read' },
  secrets: ['quarantinePrivateKey'],
  describes: [],
  rows: ['quarantine'],
  settings: [],
  // A page of payloads, as text, as bytes and as events. A run goes on in the next call when its time is over.
  size: { memoryMiB: 1_024, cpu: 1, concurrency: 8, timeoutSeconds: 600, requestMiB: 64 },
  // One run at a time; the rest asks how far it is.
  instances: { min: 0, max: 1 },
} as const satisfies Needs;

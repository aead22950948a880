import type { Needs } from '../../shared/needs/needs.ts';

export const needs = {
  name: 'erase-subject',
  callers: { kind: 'operators' },
  publishes: ['subjectErased'],
  // No master keyset: it ends keys, and can open none.
  databases: { subjectKeys: 'replace', subjectSources: 'write', erasures: 'write' },
  buckets: {},
  secrets: ['lookupKey', 'quarantineSubjectKey'],
  describes: [],
  changes: ['erasure', 'quarantine'],
  settings: ['erasureConsumers'],
  size: { memoryMiB: 512, cpu: 1, concurrency: 8, timeoutSeconds: 120, requestMiB: 16 },
  instances: { min: 0, max: 2 },
} as const satisfies Needs;

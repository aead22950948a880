import type { Needs } from '../../shared/needs/needs.ts';

export const needs = {
  name: 'ingest',
  callers: { kind: 'public' },
  publishes: ['received', 'quarantine', 'quarantineSubjects'],
  databases: { registry: 'read', writeKeys: 'read' },
  buckets: { snapshot: 'read', realmKeys: 'write' },
  secrets: ['quarantinePublicKey', 'quarantineRecordKey', 'quarantineSubjectKey', 'subjectTokenSecrets'],
  describes: [],
  settings: ['lookBackDays', 'forwardedEntry', 'region'],
  // Its own bounds (`maxInFlightBytes` 128 MiB, `maxBodyBytes` 1 MiB, `maxSlowBodies` 100) hold below what concurrency would allow.
  size: { memoryMiB: 1_024, cpu: 1, concurrency: 200, timeoutSeconds: 60, requestMiB: 4 },
  coreTime: { callMicros: 330, eventMicros: 2 },
  instances: { min: 0, max: 5 },
} as const satisfies Needs;

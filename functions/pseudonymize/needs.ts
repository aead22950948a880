import type { Needs } from '../../shared/needs/needs.ts';

export const needs = {
  name: 'pseudonymize',
  callers: { kind: 'push', reads: 'deduplicated' },
  publishes: ['deduplicated', 'quarantine', 'quarantineSubjects', 'losses', 'deadLetters', 'event'],
  databases: { registry: 'read', subjectKeys: 'create', subjectSources: 'create', subjectUses: 'create' },
  buckets: { snapshot: 'read' },
  secrets: [
    'identityKey',
    'lookupKey',
    'masterKeyset',
    'quarantinePublicKey',
    'quarantineRecordKey',
    'quarantineSubjectKey',
  ],
  describes: [],
  settings: ['inactiveSubjectDays'],
  size: { memoryMiB: 1_024, cpu: 1, concurrency: 24, timeoutSeconds: 60, requestMiB: 24 },
  // Measured at 70 to 110 for an event, and 10 for publishing its message.
  coreTime: { callMicros: 500, eventMicros: 90 },
  instances: { min: 0, max: 5 },
} as const satisfies Needs;

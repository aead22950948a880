import type { Needs } from '../../shared/needs/needs.ts';

export const needs = {
  name: 'export-legacy',
  callers: { kind: 'push', reads: 'legacyUploads' },
  // Its own uploads, too: a file that takes longer than a call is gone on with in the next one.
  publishes: ['received', 'quarantine', 'quarantineSubjects', 'legacyUploads', 'deadLetters'],
  databases: { registry: 'read', exports: 'write' },
  buckets: { snapshot: 'read', legacy: 'read' },
  secrets: ['quarantinePublicKey', 'quarantineRecordKey', 'quarantineSubjectKey'],
  describes: [],
  settings: ['region'],
  // A piece of a file, a batch, and what tells equal records apart (100 MiB at most).
  size: { memoryMiB: 512, cpu: 1, concurrency: 1, timeoutSeconds: 540, requestMiB: 256 },
  instances: { min: 0, max: 2 },
} as const satisfies Needs;

import type { Needs } from '../../shared/needs/needs.ts';

export const needs = {
  name: 'export-subject',
  callers: { kind: 'operators' },
  publishes: ['decryptions'],
  // It opens keys, and can neither make nor end one.
  databases: { registry: 'read', subjectKeys: 'find' },
  buckets: {},
  secrets: ['lookupKey', 'masterKeyset'],
  describes: [],
  rows: ['events'],
  settings: [],
  // A page of rows, as they are stored and as they are told. A query of BigQuery takes seconds a table.
  size: { memoryMiB: 1_024, cpu: 1, concurrency: 4, timeoutSeconds: 3_600, requestMiB: 96 },
  instances: { min: 0, max: 1 },
} as const satisfies Needs;

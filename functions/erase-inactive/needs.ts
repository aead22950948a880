import type { Needs } from '../../shared/needs/needs.ts';

export const needs = {
  name: 'erase-inactive',
  // Daily: nobody is inactive to the hour, and what a call leaves the next goes on with.
  callers: { kind: 'schedule', cron: '50 2 * * *' },
  publishes: ['subjectErased'],
  // As erase-subject: it ends keys, and can open none.
  databases: { subjectKeys: 'replace', subjectSources: 'write', subjectUses: 'write', erasures: 'write' },
  buckets: {},
  secrets: ['lookupKey'],
  describes: [],
  settings: ['inactiveSubjectDays'],
  size: { memoryMiB: 512, cpu: 0.5, concurrency: 1, timeoutSeconds: 1_800, requestMiB: 128 },
  instances: { min: 0, max: 1 },
} as const satisfies Needs;

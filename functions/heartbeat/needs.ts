import type { Needs } from '../../shared/needs/needs.ts';

export const needs = {
  name: 'heartbeat',
  // Some minutes after the hour: what was acknowledged in it is ahead on every path.
  callers: { kind: 'schedule', cron: '5 * * * *', everyRegion: true },
  publishes: [],
  databases: { registry: 'read' },
  buckets: {},
  secrets: ['heartbeatKey'],
  describes: [],
  settings: ['region', 'frontDoor'],
  size: { memoryMiB: 512, cpu: 1, concurrency: 1, timeoutSeconds: 300, requestMiB: 128 },
  instances: { min: 0, max: 1 },
} as const satisfies Needs;

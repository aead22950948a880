import type { Environment } from './environment.ts';

/** 15 USD a month at most while nobody uses it: one region, no instance kept warm, no load balancer, few alerts enabled. */
export const dev: Environment = {
  name: 'dev',
  projectId: 'edi-dev-example',
  projectNumber: '100000000001',
  stateRegion: 'europe-west1',
  regions: ['europe-west1'],
  secretLocations: ['europe-west1'],
  dataLocation: 'EU',
  firestoreLocation: 'europe-west1',
  topicKeyLocation: 'europe',
  stateBucket: 'edi-dev-example-terraform',
  protectState: false,
  lookBackDays: 28,
  instances: {
    ingest: { min: 0, max: 2 },
    dedup: { min: 0, max: 2 },
    pseudonymize: { min: 0, max: 2 },
  },
  queryLimits: { userGibPerDay: 100, projectGibPerDay: 300 },
  viewsNeedTime: false,
  groups: {
    analysts: 'edi-analysts@example.com',
    operators: 'edi-operators@example.com',
    breakGlass: 'edi-break-glass@example.com',
    schemaPublishers: 'edi-schema-publishers@example.com',
  },
  clearDataReaders: [],
  alertEmail: 'edi-dev@example.com',
  alerts: 'losses',
};

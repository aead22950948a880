import type { Environment } from './environment.ts';

/** Ingest in three regions behind one address; everything with state protected. */
export const prod: Environment = {
  name: 'prod',
  projectId: 'edi-prod-example',
  projectNumber: '100000000002',
  stateRegion: 'europe-west1',
  regions: ['europe-west1', 'europe-west4', 'europe-north1'],
  // Cloud Scheduler is offered in neither of the other two.
  schedulerRegion: 'europe-west1',
  secretLocations: ['europe-west1', 'europe-west4', 'europe-north1'],
  dataLocation: 'EU',
  firestoreLocation: 'eur3',
  topicKeyLocation: 'europe',
  stateBucket: 'edi-prod-example-terraform',
  protectState: true,
  lookBackDays: 28,
  // Within what a new project is granted; with more of it, say more here.
  instances: {
    ingest: { min: 2, max: 3 },
    dedup: { min: 2, max: 2 },
    pseudonymize: { min: 2, max: 3 },
  },
  queryLimits: { userGibPerDay: 2_048, projectGibPerDay: 10_240 },
  viewsNeedTime: false,
  groups: {
    analysts: 'edi-analysts@example.com',
    operators: 'edi-operators@example.com',
    breakGlass: 'edi-break-glass@example.com',
    schemaPublishers: 'edi-schema-publishers@example.com',
  },
  clearDataReaders: [],
  edge: { domain: 'events.example.com', maxRequestsPerMinute: 3_000 },
  alertEmail: 'edi-on-call@example.com',
  alerts: 'all',
  budget: { billingAccount: '000000-000000-000000', monthlyAmount: 5_000, currency: 'EUR' },
};

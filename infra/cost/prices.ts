/** A list price in US dollars, and where it was read. */
export interface Price {
  readonly usd: number;
  /** What it is the price of. */
  readonly unit: string;
  readonly source: string;
}

/** When the prices were read. List prices, without free tiers, commitments or discounts. */
export const pricesAsOf = '2026-11';

/**
 * List prices of Google Cloud for a US (multi-)region. Those whose source says "from memory" were not read again on the
 * date above: check them before you rely on a bill that they dominate.
 */
export const prices = {
  pubsubThroughput: {
    usd: 40,
    unit: 'TiB published, and TiB delivered by push',
    source: 'cloud.google.com/pubsub/pricing, message delivery basic',
  },
  pubsubTableThroughput: {
    usd: 50,
    unit: 'TiB delivered by a BigQuery or Cloud Storage subscription',
    source: 'cloud.google.com/pubsub/pricing, BigQuery subscriptions (no further charge of BigQuery for the ingestion)',
  },
  pubsubRetained: {
    usd: 0.27,
    unit: 'GiB-month of retained messages',
    source: 'cloud.google.com/pubsub/pricing, storage',
  },
  firestoreRead: {
    usd: 0.06,
    unit: '100,000 document reads, multi-region',
    source: 'cloud.google.com/firestore/pricing',
  },
  firestoreWrite: {
    usd: 0.18,
    unit: '100,000 document writes, multi-region',
    source: 'cloud.google.com/firestore/pricing',
  },
  firestoreDelete: {
    usd: 0.02,
    unit: '100,000 document deletes, also by TTL, multi-region',
    source: 'cloud.google.com/firestore/pricing',
  },
  firestoreStored: {
    usd: 0.18,
    unit: 'GiB-month stored, multi-region',
    source: 'cloud.google.com/firestore/pricing, from memory',
  },
  functionVcpu: { usd: 24e-6, unit: 'vCPU-second', source: 'cloud.google.com/functions/pricing, 2nd generation' },
  functionMemory: { usd: 2.5e-6, unit: 'GiB-second', source: 'cloud.google.com/functions/pricing, 2nd generation' },
  functionRequest: { usd: 0.4, unit: 'million requests', source: 'cloud.google.com/functions/pricing, 2nd generation' },
  functionIdle: {
    usd: 5e-6,
    unit: 'second of a warm instance without requests, a vCPU and a GiB',
    source: 'cloud.google.com/run/pricing, idle minimum instances, from memory',
  },
  bucketStored: {
    usd: 0.02,
    unit: 'GiB-month in Cloud Storage, standard class of a region',
    source: 'cloud.google.com/storage/pricing, us-central1 and europe-west1',
  },
  bucketWrite: {
    usd: 0.05,
    unit: '10,000 operations of class A in Cloud Storage: objects written',
    source: 'cloud.google.com/storage/pricing-examples',
  },
  bucketRead: {
    usd: 0.004,
    unit: '10,000 operations of class B in Cloud Storage: objects read, and notifications',
    source: 'cloud.google.com/storage/pricing-examples',
  },
  armorRequest: {
    usd: 0.75,
    unit: 'million requests',
    source: 'cloud.google.com/armor/pricing, standard, from memory',
  },
  armorPolicy: {
    usd: 7,
    unit: 'month of a policy with two rules',
    source: 'cloud.google.com/armor/pricing, standard: 5 a policy and 1 a rule, from memory',
  },
  logIngested: { usd: 0.5, unit: 'GiB of logs', source: 'cloud.google.com/stackdriver/pricing, edition of 2023' },
  kmsKeyVersion: {
    usd: 0.06,
    unit: 'month of a software key version that is not destroyed',
    source: 'cloud.google.com/kms/pricing, edition of March 2025',
  },
  secretVersion: {
    usd: 0.06,
    unit: 'month of an active version in a location',
    source: 'cloud.google.com/secret-manager/pricing',
  },
  schedulerJob: { usd: 0.1, unit: 'month of a job', source: 'cloud.google.com/scheduler/pricing' },
  imageStored: {
    usd: 0.1,
    unit: 'GiB-month in Artifact Registry',
    source: 'cloud.google.com/artifact-registry/pricing',
  },
  uptimeCheck: {
    usd: 0.3,
    unit: '1,000 executions of uptime checks',
    source: 'cloud.google.com/stackdriver/pricing, from memory',
  },
  alertCondition: {
    usd: 1.5,
    unit: 'month of a metric that an enabled alert condition names',
    source:
      'cloud.google.com/monitoring/alerts/cost-control, edition of 2025, charged "no sooner than April 2025"; later editions ' +
      'name no price, and it may be a fifteenth of this now',
  },
  alertSeries: {
    usd: 0.35,
    unit: 'million series returned to alert conditions',
    source: 'cloud.google.com/monitoring/alerts/cost-control, edition of 2025',
  },
  kmsOperation: { usd: 0.03, unit: '10,000 operations', source: 'cloud.google.com/kms/pricing' },
  insertAll: {
    usd: 0.05,
    unit: 'GiB inserted by insertAll, 1 KB a row at least',
    source: 'cloud.google.com/bigquery/pricing, streaming inserts',
  },
  bigQueryStored: {
    usd: 0.02,
    unit: 'GiB-month of active logical storage',
    source: 'cloud.google.com/bigquery/pricing',
  },
  bigQueryStoredLong: {
    usd: 0.01,
    unit: 'GiB-month of long-term logical storage',
    source: 'cloud.google.com/bigquery/pricing',
  },
  bigQueryScanned: {
    usd: 6.25,
    unit: 'TiB read by queries, on demand',
    source: 'cloud.google.com/bigquery/pricing, as others cite it in 2025',
  },
  loadBalancer: { usd: 18, unit: 'month of a forwarding rule', source: 'cloud.google.com/vpc/network-pricing' },
  loadBalancerData: {
    usd: 0.008,
    unit: 'GiB processed',
    source: 'cloud.google.com/vpc/network-pricing',
  },
} as const satisfies Readonly<Record<string, Price>>;

import { trafficOf } from './traffic.ts';
import { assumptions, type Workload } from './workload.ts';

/** A limit that Google sets, as far as this project would meet it. */
interface Quota {
  readonly name: string;
  readonly limit: number;
  readonly unit: string;
  /** What a workload needs of it. */
  readonly needed: (workload: Workload) => number;
  readonly source: string;
}

const megabyte = 1e6;
const memory = 'from memory; quotas are raised on request';

/** Default quotas of November 2026. Regional ones are for each region; ingest's traffic is spread over its regions. */
const quotas: readonly Quota[] = [
  {
    name: 'Pub/Sub publisher throughput of a large region',
    limit: 4_000,
    unit: 'MB/s',
    needed(workload) {
      const { batches, messageBytes, eventsPerSecond, rowBytes } = trafficOf(workload);
      const messages = 2 * batches.received.callsPerSecond;
      return (messages * messageBytes + eventsPerSecond * rowBytes) / workload.regions / megabyte;
    },
    source: `cloud.google.com/pubsub/quotas, ${memory}`,
  },
  {
    name: 'Pub/Sub push throughput of a large region',
    limit: 440,
    unit: 'MB/s',
    needed(workload) {
      const { batches, messageBytes } = trafficOf(workload);
      return (2 * batches.received.callsPerSecond * messageBytes) / workload.regions / megabyte;
    },
    source: `cloud.google.com/pubsub/quotas, ${memory}`,
  },
  {
    name: 'BigQuery Storage Write throughput of a multi-region',
    limit: 3_000,
    unit: 'MB/s',
    needed(workload) {
      const { eventsPerSecond, rowBytes } = trafficOf(workload);
      return (eventsPerSecond * rowBytes) / megabyte;
    },
    source: `cloud.google.com/bigquery/quotas, ${memory}`,
  },
  {
    name: 'Firestore writes of a database',
    limit: 10_000,
    unit: 'writes/s',
    needed: (workload) => trafficOf(workload).firstRequestsPerSecond,
    source: `cloud.google.com/firestore/quotas (no hard limit is stated any more; ask above this), ${memory}`,
  },
  {
    name: 'Cloud Run instances of a region (1 vCPU each)',
    limit: 1_000,
    unit: 'instances',
    needed(workload) {
      const vcpus = trafficOf(workload).functions.reduce((sum, one) => sum + one.vcpus, 0);
      return vcpus / workload.regions;
    },
    source: `cloud.google.com/run/quotas, ${memory}`,
  },
  {
    name: 'KMS cryptographic requests',
    limit: 60_000,
    unit: 'requests/min',
    needed: () => assumptions.instanceStartsPerDay / 1_440,
    source: `cloud.google.com/kms/quotas, ${memory}`,
  },
];

export interface QuotaUse {
  readonly quota: Quota;
  readonly needed: number;
  /** 1: all of it. */
  readonly share: number;
}

/** How much of each quota a workload takes, the tightest first. */
export function quotaUse(workload: Workload): QuotaUse[] {
  return quotas
    .map((quota) => {
      const needed = quota.needed(workload);
      return { quota, needed, share: needed / quota.limit };
    })
    .sort((a, b) => b.share - a.share);
}

import { trafficOf } from './traffic.ts';
import { assumptions, type Workload } from './workload.ts';

/** A limit that Google sets, as far as this project would meet it. */
interface Quota {
  readonly name: string;
  readonly limit: number;
  readonly unit: string;
  /** What the workload needs of it. */
  readonly needed: number;
  /** What to do when it is reached. */
  readonly lift: string;
  readonly source: string;
}

const megabyte = 1e6;
const memory = 'from memory; quotas are raised on request';

/**
 * Default quotas of November 2026. Ingest's traffic is spread over its regions; everything behind it runs in the state
 * region, whose limits are met first.
 */
function quotasOf(workload: Workload): Quota[] {
  const { regions, dataIn = 'multi-region' } = workload;
  const traffic = trafficOf(workload);
  const { batches, messageBytes, eventsPerSecond, rowBytes, functions } = traffic;
  const received = (batches.received.callsPerSecond * messageBytes) / regions;
  const deduplicated = batches.deduplicated.callsPerSecond * messageBytes;
  const rows = eventsPerSecond * rowBytes;
  const vcpus = functions.reduce((sum, one) => sum + one.vcpus / (one.reads === undefined ? regions : 1), 0);
  const storageWrite = { region: 300, 'multi-region': 3_000 }[dataIn];
  return [
    {
      name: 'Pub/Sub publisher throughput of the state region',
      limit: 4_000,
      unit: 'MB/s',
      needed: (received + deduplicated + rows) / megabyte,
      lift: 'ask for more; then dedup and pseudonymize in every region of ingest',
      source: `cloud.google.com/pubsub/quotas, ${memory}`,
    },
    {
      name: 'Pub/Sub push throughput of the state region',
      limit: 440,
      unit: 'MB/s',
      needed: (received + deduplicated) / megabyte,
      lift: 'ask for more; then stages in every region, or workers that pull',
      source: `cloud.google.com/pubsub/quotas, ${memory}`,
    },
    {
      name: `BigQuery Storage Write throughput of a ${dataIn}`,
      limit: storageWrite,
      unit: 'MB/s',
      needed: rows / megabyte,
      lift:
        dataIn === 'region'
          ? 'a multi-region as dataLocation, chosen before the first deployment: it takes ten times as much'
          : 'ask for more; then files and load jobs for the largest types',
      source: `cloud.google.com/bigquery/quotas, Storage Write API; a single region ${memory}`,
    },
    {
      name: 'Firestore writes of a database',
      limit: 10_000,
      unit: 'writes/s',
      needed: traffic.firstRequestsPerSecond,
      lift: 'begin at 500/s and add half every 5 minutes ("500/50/5"); then claims in several databases by key prefix',
      source: `cloud.google.com/firestore/quotas (no hard limit is stated any more; ask above this), ${memory}`,
    },
    {
      name: 'Cloud Run vCPU of the state region, as granted to a new project',
      limit: 20,
      unit: 'vCPU',
      needed: vcpus,
      lift: 'ask for more, and say so in grantedQuota (infra/stacks/README.md, "Quotas")',
      source: 'cloud.google.com/run/quotas; the grant as refusals of 2026 quote it',
    },
    {
      name: 'Cloud Run instances of a region (1 vCPU each)',
      limit: 1_000,
      unit: 'instances',
      needed: vcpus,
      lift: 'ask for more; then stages in every region',
      source: `cloud.google.com/run/quotas, ${memory}`,
    },
    {
      name: 'KMS cryptographic requests',
      limit: 60_000,
      unit: 'requests/min',
      needed: assumptions.instanceStartsPerDay / 1_440,
      lift: 'ask for more',
      source: `cloud.google.com/kms/quotas, ${memory}`,
    },
  ];
}

export interface QuotaUse {
  readonly quota: Quota;
  readonly needed: number;
  /** 1: all of it. */
  readonly share: number;
}

/** How much of each quota a workload takes, the tightest first. */
export function quotaUse(workload: Workload): QuotaUse[] {
  return quotasOf(workload)
    .map((quota) => ({ quota, needed: quota.needed, share: quota.needed / quota.limit }))
    .sort((a, b) => b.share - a.share);
}

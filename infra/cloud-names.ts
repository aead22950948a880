import type { BucketKind, DatabaseKind } from '../shared/needs/kind.ts';
import { kinds } from '../shared/needs/kinds.ts';
import type { AnyNeeds } from '../shared/needs/needs.ts';
import type { Environment } from './environments/environment.ts';
import { kmsLocationOf } from './locations.ts';

/**
 * What Google calls the things of an environment. Stacks share these computed names and never each other's resources,
 * so that each is planned and applied by itself.
 */
export interface CloudNames {
  /** `edi-<function>`: what a function runs as. */
  functionAccount(name: string): string;
  /** `edi-push-<function>`: what Pub/Sub pushes to a function as. */
  pushAccount(name: string): string;
  /** `edi-schedule-<function>`: what Cloud Scheduler calls a function as. */
  scheduleAccount(name: string): string;
  readonly buildAccount: string;
  /** What scheduled queries run as. */
  readonly queriesAccount: string;
  /** `edi-completeness`: what BigQuery's schedules run as. */
  readonly completenessAccount: string;
  email(accountId: string): string;
  /** `https://NAME-PROJECTNUMBER.REGION.run.app`, known before the function exists ("Deterministic URL", Cloud Run). */
  functionUrl(name: string, region: string): string;
  readonly pubsubAgent: string;
  readonly storageAgent: string;
  database(kind: Pick<DatabaseKind, 'id'>): string;
  key(kind: KeyKind): string;
  bucket(kind: Pick<BucketKind, 'suffix'>): string;
}

/** Keys of Cloud KMS, by their ids. */
export const keyIds = {
  /** Wraps the master keyset. */
  master: 'master-keyset',
  /** Encrypts the topics with personal data in the clear. */
  clearTopics: 'clear-topics',
} as const;
export type KeyKind = keyof typeof keyIds;
/** Of the key ring in each location. */
export const keyRingId = 'edi';

/** Where a key is. */
export function keyLocation(kind: KeyKind, { dataLocation, topicKeyLocation }: Environment): string {
  return kind === 'clearTopics' ? topicKeyLocation : kmsLocationOf(dataLocation);
}

/** Buckets that Google's own services fill or read. */
export const deliveryBuckets = {
  sources: { suffix: 'function-sources' },
  rawArchive: kinds.buckets.rawArchive,
} as const;
export type DeliveryBucket = keyof typeof deliveryBuckets;

export function cloudNames(environment: Environment): CloudNames {
  const { projectId, projectNumber } = environment;
  const project = `projects/${projectId}`;
  return {
    functionAccount: (name) => `edi-${name}`,
    pushAccount: (name) => `edi-push-${name}`,
    scheduleAccount: (name) => `edi-schedule-${name}`,
    buildAccount: 'edi-build',
    queriesAccount: 'edi-queries',
    completenessAccount: 'edi-completeness',
    email: (accountId) => `${accountId}@${projectId}.iam.gserviceaccount.com`,
    functionUrl: (name, region) => `https://${name}-${projectNumber}.${region}.run.app`,
    pubsubAgent: `service-${projectNumber}@gcp-sa-pubsub.iam.gserviceaccount.com`,
    storageAgent: `service-${projectNumber}@gs-project-accounts.iam.gserviceaccount.com`,
    database: ({ id }) => `${project}/databases/${id}`,
    key: (kind) =>
      `${project}/locations/${keyLocation(kind, environment)}/keyRings/${keyRingId}/cryptoKeys/${keyIds[kind]}`,
    bucket: ({ suffix }) => `${projectId}-${suffix}`,
  };
}

/** The account of a function's caller, where it is one of ours that calls nothing else. */
export function callerAccount(
  { name, callers }: Pick<AnyNeeds, 'name' | 'callers'>,
  names: CloudNames,
): string | undefined {
  if (callers.kind === 'push') return names.pushAccount(name);
  if (callers.kind === 'schedule') return names.scheduleAccount(name);
  return undefined;
}

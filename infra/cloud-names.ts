import type { Environment } from './environments/environment.ts';
import { type BucketKind, type DatabaseKind, type SecretKind, secrets } from './function-deployments.ts';
import { databases } from './naming.ts';
import type { FunctionName } from './topology.ts';

/**
 * What Google calls the things of an environment. Stacks share these computed names and never each other's resources,
 * so that each is planned and applied by itself.
 */
export interface CloudNames {
  /** `edi-<function>`: what a function runs as. */
  functionAccount(name: FunctionName): string;
  /** `edi-push-<function>`: what Pub/Sub pushes to a function as. */
  pushAccount(name: FunctionName): string;
  readonly buildAccount: string;
  email(accountId: string): string;
  /** `https://NAME-PROJECTNUMBER.REGION.run.app`, known before the function exists ("Deterministic URL", Cloud Run). */
  functionUrl(name: FunctionName, region: string): string;
  readonly pubsubAgent: string;
  readonly storageAgent: string;
  database(kind: DatabaseKind): string;
  /** Its short name, which is what functions take. */
  secretId(kind: SecretKind): string;
  key(kind: KeyKind): string;
  bucket(kind: BucketKind | 'sources' | 'deadLetters' | 'clearDeadLetters' | 'rawArchive'): string;
}

/** Keys of Cloud KMS, by their ids. */
export const keyIds = {
  /** Wraps the master keyset. */
  master: 'master-keyset',
  /** Encrypts the topics with personal data in the clear. */
  clearTopics: 'clear-topics',
  /** Encrypts the dead letters with personal data in the clear; a bucket's key is in the bucket's region. */
  clearFiles: 'clear-files',
} as const;
export type KeyKind = keyof typeof keyIds;
/** Of the key ring in each location. */
export const keyRingId = 'edi';

/** Where a key is. */
export function keyLocation(kind: KeyKind, { stateRegion, topicKeyLocation }: Environment): string {
  return kind === 'clearTopics' ? topicKeyLocation : stateRegion;
}

/** What follows the project's id in the name of a bucket. */
export const bucketSuffixes = {
  sources: 'function-sources',
  snapshot: 'registry-snapshot',
  schemas: 'schemas',
  deadLetters: 'dead-letters',
  clearDeadLetters: 'clear-dead-letters',
  rawArchive: 'raw-archive',
} as const;

export function cloudNames(environment: Environment): CloudNames {
  const { projectId, projectNumber } = environment;
  const project = `projects/${projectId}`;
  return {
    functionAccount: (name) => `edi-${name}`,
    pushAccount: (name) => `edi-push-${name}`,
    buildAccount: 'edi-build',
    email: (accountId) => `${accountId}@${projectId}.iam.gserviceaccount.com`,
    functionUrl: (name, region) => `https://${name}-${projectNumber}.${region}.run.app`,
    pubsubAgent: `service-${projectNumber}@gcp-sa-pubsub.iam.gserviceaccount.com`,
    storageAgent: `service-${projectNumber}@gs-project-accounts.iam.gserviceaccount.com`,
    database: (kind) => `${project}/databases/${databases[kind]}`,
    secretId: (kind) => secrets[kind],
    key: (kind) =>
      `${project}/locations/${keyLocation(kind, environment)}/keyRings/${keyRingId}/cryptoKeys/${keyIds[kind]}`,
    bucket: (kind) => `${projectId}-${bucketSuffixes[kind]}`,
  };
}

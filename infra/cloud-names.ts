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
  readonly keyRing: string;
  /** Wraps the master keyset. */
  readonly masterKey: string;
  /** Encrypts what holds personal data in the clear: topics and dead letters. */
  readonly clearDataKey: string;
  bucket(kind: BucketKind | 'sources' | 'deadLetters' | 'clearDeadLetters' | 'rawArchive'): string;
}

/** Ids of keys in the key ring. */
export const keyIds = { ring: 'edi', master: 'master-keyset', clearData: 'clear-data' } as const;

const bucketSuffixes = {
  sources: 'function-sources',
  snapshot: 'registry-snapshot',
  schemas: 'schemas',
  deadLetters: 'dead-letters',
  clearDeadLetters: 'clear-dead-letters',
  rawArchive: 'raw-archive',
} as const;

export function cloudNames({ projectId, projectNumber, stateRegion }: Environment): CloudNames {
  const project = `projects/${projectId}`;
  const keyRing = `${project}/locations/${stateRegion}/keyRings/${keyIds.ring}`;
  const key = (id: string) => `${keyRing}/cryptoKeys/${id}`;
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
    keyRing,
    masterKey: key(keyIds.master),
    clearDataKey: key(keyIds.clearData),
    bucket: (kind) => `${projectId}-${bucketSuffixes[kind]}`,
  };
}

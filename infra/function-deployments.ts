import { type databases, datasets, eventTopic, topics } from './naming.ts';
import type { FunctionName } from './topology.ts';

export type DatabaseKind = keyof typeof databases;

/**
 * What a function may do with a database. `create` is for subject keys: read and create by id, but never list or delete.
 */
export type DatabaseAccess = 'read' | 'write' | 'create';

/** Secrets, by the name that they have in Secret Manager. None is ever rotated: what they made would become unreadable. */
export const secrets = {
  identityKey: 'edi-identity-key',
  lookupKey: 'edi-lookup-key',
  claimsKey: 'edi-claims-key',
  /** The Tink keyset that encrypts subject keys, itself wrapped by Cloud KMS. */
  masterKeyset: 'edi-master-keyset',
  quarantinePublicKey: 'edi-quarantine-public-key',
  /** Opens quarantined payloads; no function of the pipeline may read it. */
  quarantinePrivateKey: 'edi-quarantine-private-key',
} as const;
export type SecretKind = keyof typeof secrets;

export type BucketKind = 'snapshot' | 'schemas';

/** Variable that names each thing to a function (`shared/adapters/gcp/runtime.ts` and the functions' `main.ts`). */
export const databaseVariables: Readonly<Record<DatabaseKind, string>> = {
  registry: 'EDI_REGISTRY_DATABASE',
  claims: 'EDI_CLAIMS_DATABASE',
  subjectKeys: 'EDI_SUBJECT_KEYS_DATABASE',
  writeKeys: 'EDI_WRITE_KEYS_DATABASE',
};
export const secretVariables: Readonly<Record<Exclude<SecretKind, 'quarantinePrivateKey'>, string>> = {
  identityKey: 'EDI_IDENTITY_KEY',
  lookupKey: 'EDI_LOOKUP_KEY',
  claimsKey: 'EDI_CLAIMS_KEY',
  masterKeyset: 'EDI_MASTER_KEYSET',
  quarantinePublicKey: 'EDI_QUARANTINE_PUBLIC_KEY',
};
export const bucketVariables: Readonly<Record<BucketKind, string>> = {
  snapshot: 'EDI_SNAPSHOT_BUCKET',
  schemas: 'EDI_SCHEMA_BUCKET',
};

/** How large an instance is, and how much it does at once. */
export interface FunctionSize {
  readonly memoryMiB: number;
  readonly cpu: number;
  /** Requests that one instance serves at once. */
  readonly concurrency: number;
  readonly timeoutSeconds: number;
  /** Memory that one request may take at its worst; concurrency times this has to fit. */
  readonly requestMiB: number;
}

/** What a function has and may do beside publishing: its account gets this and nothing else. */
export interface FunctionDeployment {
  readonly size: FunctionSize;
  readonly databases: Readonly<Partial<Record<DatabaseKind, DatabaseAccess>>>;
  readonly secrets: readonly (keyof typeof secretVariables)[];
  readonly buckets: Readonly<Partial<Record<BucketKind, 'read' | 'write'>>>;
  /** Datasets whose tables it may describe, without reading a row. */
  readonly describesTablesOf: readonly string[];
  /** May have the master keyset unwrapped by Cloud KMS. */
  readonly unwrapsMasterKeyset: boolean;
  /** Variables with fixed values. */
  readonly variables: Readonly<Record<string, string>>;
  /** Variables that the environment's look-back is passed in. */
  readonly lookBackVariable?: 'EDI_LOOK_BACK_DAYS';
}

const readsRegistry = { databases: { registry: 'read' }, buckets: { snapshot: 'read' } } as const;

/** A new function is a new entry here, beside its entry in the topology. */
export const functionDeployments: Readonly<Record<FunctionName, FunctionDeployment>> = {
  ingest: {
    // Its own bounds (`maxInFlightBytes` 128 MiB, `maxBodyBytes` 1 MiB) hold below what concurrency would allow.
    size: { memoryMiB: 1_024, cpu: 1, concurrency: 200, timeoutSeconds: 60, requestMiB: 4 },
    databases: { ...readsRegistry.databases, writeKeys: 'read' },
    buckets: readsRegistry.buckets,
    secrets: ['quarantinePublicKey'],
    describesTablesOf: [],
    unwrapsMasterKeyset: false,
    variables: { EDI_RECEIVED_TOPIC: topics.received, EDI_QUARANTINE_TOPIC: topics.quarantine },
    lookBackVariable: 'EDI_LOOK_BACK_DAYS',
  },
  dedup: {
    size: { memoryMiB: 1_024, cpu: 1, concurrency: 40, timeoutSeconds: 60, requestMiB: 16 },
    databases: { ...readsRegistry.databases, claims: 'write' },
    buckets: readsRegistry.buckets,
    secrets: ['claimsKey'],
    describesTablesOf: [],
    unwrapsMasterKeyset: false,
    variables: { EDI_DEDUPLICATED_TOPIC: topics.deduplicated },
    lookBackVariable: 'EDI_LOOK_BACK_DAYS',
  },
  pseudonymize: {
    size: { memoryMiB: 1_024, cpu: 1, concurrency: 24, timeoutSeconds: 60, requestMiB: 24 },
    databases: { ...readsRegistry.databases, subjectKeys: 'create' },
    buckets: readsRegistry.buckets,
    secrets: ['identityKey', 'lookupKey', 'masterKeyset', 'quarantinePublicKey'],
    describesTablesOf: [],
    unwrapsMasterKeyset: true,
    variables: { EDI_QUARANTINE_TOPIC: topics.quarantine, EDI_EVENT_TOPIC_PREFIX: eventTopic('') },
  },
  'publish-schema': {
    // A schema of a MiB, its validator, and the whole registry for the snapshot.
    size: { memoryMiB: 1_024, cpu: 1, concurrency: 8, timeoutSeconds: 60, requestMiB: 64 },
    databases: { registry: 'write' },
    buckets: { snapshot: 'write', schemas: 'read' },
    secrets: [],
    describesTablesOf: [datasets.raw],
    unwrapsMasterKeyset: false,
    variables: { EDI_EVENT_DATASET: datasets.raw },
  },
};

/** Datasets whose tables are filled by subscriptions. */
export const sinkDatasets: readonly string[] = [datasets.raw, datasets.operations];

import type { KeyKind } from './cloud-names.ts';
import {
  type BucketKind,
  type DatabaseKind,
  functionDeployments,
  type SecretKind,
  secrets,
  sinkDatasets,
} from './function-deployments.ts';
import { databases, datasets } from './naming.ts';
import type { FunctionName, Topology } from './topology.ts';

/** Who gets something: an account of ours, one of Google's service agents, a group of the environment, or everybody. */
export type Grantee =
  | { readonly kind: 'function'; readonly name: FunctionName }
  /** The account that Pub/Sub pushes to a function as. */
  | { readonly kind: 'push'; readonly name: FunctionName }
  | { readonly kind: 'build' }
  | { readonly kind: 'agent'; readonly name: 'pubsub' | 'storage' }
  | { readonly kind: 'group'; readonly name: 'analysts' | 'operators' | 'breakGlass' }
  /** The environment's readers of clear data. */
  | { readonly kind: 'clearDataReaders' }
  | { readonly kind: 'everybody' };

export type BucketName = BucketKind | 'sources' | 'deadLetters' | 'clearDeadLetters' | 'rawArchive';

export type GrantTarget =
  | { readonly kind: 'project'; readonly onlyBuckets?: string }
  | { readonly kind: 'database'; readonly name: DatabaseKind }
  | { readonly kind: 'topic'; readonly name: string }
  | { readonly kind: 'subscription'; readonly name: string }
  | { readonly kind: 'dataset'; readonly name: string }
  | { readonly kind: 'secret'; readonly name: SecretKind }
  | { readonly kind: 'key'; readonly name: KeyKind }
  | { readonly kind: 'bucket'; readonly name: BucketName }
  | { readonly kind: 'function'; readonly name: FunctionName }
  | { readonly kind: 'pushAccount'; readonly name: FunctionName };

export interface Grant {
  readonly who: Grantee;
  /** A predefined role, or one of `customRoles` by its id. */
  readonly role: string;
  readonly on: GrantTarget;
  /** For the table of who may do what. */
  readonly why: string;
}

/** Roles of our own, where every predefined one would allow more than is needed. */
export const customRoles = {
  ediSubjectKeyMaker: {
    title: 'EDI: make subject keys',
    description: 'Reads and creates documents by id; lists, changes and deletes none.',
    permissions: ['datastore.databases.get', 'datastore.entities.create', 'datastore.entities.get'],
  },
  ediSubjectKeyReader: {
    title: 'EDI: read one subject key',
    description: 'Reads documents by id; lists none.',
    permissions: ['datastore.databases.get', 'datastore.entities.get'],
  },
} as const;

const databaseRoles = {
  read: 'roles/datastore.viewer',
  write: 'roles/datastore.user',
  create: 'ediSubjectKeyMaker',
} as const;
const bucketRoles = { read: 'roles/storage.objectViewer', write: 'roles/storage.objectUser' } as const;

const pubsub: Grantee = { kind: 'agent', name: 'pubsub' };
const storage: Grantee = { kind: 'agent', name: 'storage' };
const group = (name: 'analysts' | 'operators' | 'breakGlass'): Grantee => ({ kind: 'group', name });

/** Everything that anybody may do in an environment with this topology; what is not here is not granted. */
export function grantsOf(topology: Topology): Grant[] {
  return [
    ...topology.functions.flatMap(functionGrants),
    ...callerGrants(topology),
    ...buildGrants(),
    ...deliveryGrants(topology),
    ...keyGrants(),
    ...peopleGrants(topology),
  ];
}

function functionGrants({ name, publishesTo }: Topology['functions'][number]): Grant[] {
  const who: Grantee = { kind: 'function', name };
  const deployment = functionDeployments[name];
  const grants = publishesTo.map((topic): Grant => {
    return { who, role: 'roles/pubsub.publisher', on: { kind: 'topic', name: topic }, why: 'publishes to it' };
  });
  for (const kind of keysOf(databases)) {
    const access = deployment.databases[kind];
    if (access === undefined) continue;
    grants.push({ who, role: databaseRoles[access], on: { kind: 'database', name: kind }, why: databaseReasons[kind] });
  }
  for (const secret of deployment.secrets) {
    const on = { kind: 'secret', name: secret } as const;
    grants.push({ who, role: 'roles/secretmanager.secretAccessor', on, why: 'has it in its environment' });
  }
  for (const kind of ['snapshot', 'schemas'] as const) {
    const access = deployment.buckets[kind];
    if (access === undefined) continue;
    grants.push({ who, role: bucketRoles[access], on: { kind: 'bucket', name: kind }, why: bucketReasons[kind] });
  }
  for (const dataset of deployment.describesTablesOf) {
    const on = { kind: 'dataset', name: dataset } as const;
    grants.push({ who, role: 'roles/bigquery.metadataViewer', on, why: 'compares the tables with the schemas' });
  }
  if (deployment.unwrapsMasterKeyset) {
    const on = { kind: 'key', name: 'master' } as const;
    grants.push({ who, role: 'roles/cloudkms.cryptoKeyDecrypter', on, why: 'unwraps the master keyset as it starts' });
  }
  return grants;
}

const databaseReasons: Readonly<Record<DatabaseKind, string>> = {
  registry: 'active schemas and SDK bindings',
  claims: 'claims the identities of events',
  subjectKeys: 'keys of data subjects, by id',
  writeKeys: 'looks up write keys',
};
const bucketReasons: Readonly<Record<BucketKind, string>> = {
  snapshot: 'starts from the snapshot of the registry',
  schemas: 'schema files, as they were merged',
};

/** Only ingest is public; Pub/Sub alone calls the others, each as an account of its own. */
function callerGrants({ functions }: Topology): Grant[] {
  return functions.flatMap(({ name, callers }): Grant[] => {
    const on: GrantTarget = { kind: 'function', name };
    const role = 'roles/run.invoker';
    if (callers === 'public') return [{ who: { kind: 'everybody' }, role, on, why: 'SDKs show a write key instead' }];
    return [
      { who: { kind: 'push', name }, role, on, why: 'its push subscription calls it' },
      {
        who: pubsub,
        role: 'roles/iam.serviceAccountOpenIdTokenCreator',
        on: { kind: 'pushAccount', name },
        why: 'signs its pushes',
      },
    ];
  });
}

/** "Custom service account for Cloud Build" (Cloud Run functions, product documentation). */
function buildGrants(): Grant[] {
  const who: Grantee = { kind: 'build' };
  return [
    { who, role: 'roles/logging.logWriter', on: { kind: 'project' }, why: 'logs of the build' },
    { who, role: 'roles/artifactregistry.writer', on: { kind: 'project' }, why: 'stores the image' },
    {
      who,
      role: 'roles/storage.objectViewer',
      on: { kind: 'project', onlyBuckets: 'gcf-v2-sources-' },
      why: "Google's copies of the sources",
    },
    { who, role: 'roles/storage.objectViewer', on: { kind: 'bucket', name: 'sources' }, why: 'our archives' },
  ];
}

/** What Pub/Sub's service agent needs to move messages to dead letters, tables and files. */
function deliveryGrants({ topics, subscriptions }: Topology): Grant[] {
  const deadLetters = new Set(subscriptions.flatMap(({ deadLetter }) => deadLetter?.topic ?? []));
  return [
    ...topics
      .filter(({ name }) => deadLetters.has(name))
      .map(({ name }): Grant => {
        const on = { kind: 'topic', name } as const;
        return { who: pubsub, role: 'roles/pubsub.publisher', on, why: 'moves dead letters to it' };
      }),
    ...subscriptions
      .filter(({ deadLetter }) => deadLetter !== undefined)
      .map(({ name }): Grant => {
        const on = { kind: 'subscription', name } as const;
        return { who: pubsub, role: 'roles/pubsub.subscriber', on, why: 'takes dead letters out of it' };
      }),
    ...sinkDatasets.map((name): Grant => {
      const on = { kind: 'dataset', name } as const;
      return { who: pubsub, role: 'roles/bigquery.dataEditor', on, why: 'writes the rows' };
    }),
    ...topics
      .filter(({ uploadsTo }) => uploadsTo !== undefined)
      .map(({ name }): Grant => {
        const on = { kind: 'topic', name } as const;
        return { who: storage, role: 'roles/pubsub.publisher', on, why: 'tells it of uploads' };
      }),
    ...(['deadLetters', 'clearDeadLetters', 'rawArchive'] as const).flatMap((name): Grant[] => {
      const on = { kind: 'bucket', name } as const;
      return [
        { who: pubsub, role: 'roles/storage.objectCreator', on, why: 'writes its files' },
        { who: pubsub, role: 'roles/storage.legacyBucketReader', on, why: 'checks that the bucket is there' },
      ];
    }),
  ];
}

function keyGrants(): Grant[] {
  const role = 'roles/cloudkms.cryptoKeyEncrypterDecrypter';
  const clear = (kind: string) => `${kind} with personal data in the clear`;
  return [
    { who: pubsub, role, on: { kind: 'key', name: 'clearTopics' }, why: clear('topics') },
    { who: storage, role, on: { kind: 'key', name: 'clearFiles' }, why: clear('dead letters') },
  ];
}

function peopleGrants({ topics }: Topology): Grant[] {
  const project = { kind: 'project' } as const;
  return [
    {
      who: group('analysts'),
      role: 'roles/bigquery.dataViewer',
      on: { kind: 'dataset', name: datasets.exact },
      why: 'query the exact views',
    },
    { who: group('analysts'), role: 'roles/bigquery.jobUser', on: project, why: 'run queries' },
    {
      who: group('operators'),
      role: 'roles/bigquery.dataViewer',
      on: { kind: 'dataset', name: datasets.operations },
      why: 'reasons of quarantined events; payloads are encrypted',
    },
    { who: group('operators'), role: 'roles/bigquery.jobUser', on: project, why: 'run queries' },
    { who: group('operators'), role: 'roles/monitoring.viewer', on: project, why: 'dashboards and alerts' },
    { who: group('operators'), role: 'roles/logging.viewer', on: project, why: 'logs, which hold no event data' },
    {
      who: group('operators'),
      role: 'roles/datastore.user',
      on: { kind: 'database', name: 'writeKeys' },
      why: '`edi keys`',
    },
    {
      who: group('operators'),
      role: 'roles/datastore.viewer',
      on: { kind: 'database', name: 'registry' },
      why: '`edi schema status`',
    },
    {
      who: group('breakGlass'),
      role: 'roles/cloudkms.cryptoKeyDecrypterViaDelegation',
      on: { kind: 'key', name: 'master' },
      why: 're-identifies by a query; the key never leaves BigQuery',
    },
    {
      who: group('breakGlass'),
      role: 'ediSubjectKeyReader',
      on: { kind: 'database', name: 'subjectKeys' },
      why: 'the keyset of one data subject',
    },
    ...(['masterKeyset', 'lookupKey'] as const).map((name): Grant => {
      const on = { kind: 'secret', name } as const;
      return { who: group('breakGlass'), role: 'roles/secretmanager.secretAccessor', on, why: 'finds and opens it' };
    }),
    ...topics
      .filter(({ clearPersonalData }) => clearPersonalData)
      .map(({ name }): Grant => {
        const on = { kind: 'topic', name } as const;
        return { who: { kind: 'clearDataReaders' }, role: 'roles/pubsub.subscriber', on, why: 'named explicitly' };
      }),
  ];
}

function keysOf<Key extends string>(record: Readonly<Record<Key, string>>): Key[] {
  return Object.keys(record).filter((key): key is Key => key in record);
}

/** Ids of every secret, for the stack that declares them. */
export const secretKinds: readonly SecretKind[] = keysOf(secrets);
export const databaseKinds: readonly DatabaseKind[] = keysOf(databases);

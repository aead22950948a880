import {
  type BucketKind,
  type DatabaseKind,
  type DatasetKind,
  type OurKinds,
  kinds as ourKinds,
  type SecretKind,
  type TableKind,
} from '../shared/needs/kinds.ts';
import { kindOf } from '../shared/needs/variables.ts';
import { deliveryBuckets, type KeyKind, keyIds } from './cloud-names.ts';
import { datasets } from './naming.ts';
import type { FunctionSpec, Topology } from './topology.ts';

/** Who gets something: an account of ours, one of Google's service agents, a group of the environment, or everybody. */
export type Grantee =
  | { readonly kind: 'function'; readonly name: string }
  /** The account that Pub/Sub or Cloud Scheduler calls a function as. */
  | { readonly kind: 'push' | 'schedule'; readonly name: string }
  | { readonly kind: 'build' }
  /** What scheduled queries run as. */
  | { readonly kind: 'queries' }
  /** The account that BigQuery's schedules run as. */
  | { readonly kind: 'completeness' }
  | { readonly kind: 'agent'; readonly name: 'pubsub' | 'storage' }
  | { readonly kind: 'group'; readonly name: 'analysts' | 'operators' | 'breakGlass' }
  /** The environment's readers of clear data. */
  | { readonly kind: 'clearDataReaders' }
  | { readonly kind: 'everybody' };

/** What something is given on, by the name that it has in the cloud: a bucket's without the project's id. */
export type GrantTarget =
  | { readonly kind: 'project'; readonly onlyBuckets?: string }
  | {
      readonly kind:
        | 'bucket'
        | 'database'
        | 'dataset'
        | 'function'
        | 'key'
        | 'pushAccount'
        | 'secret'
        | 'subscription'
        /** Of a dataset: `<dataset>.<table>`. */
        | 'table'
        | 'topic';
      readonly name: string;
    };

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

const databaseOf = (kind: keyof OurKinds['databases']): GrantTarget => ({
  kind: 'database',
  name: ourKinds.databases[kind].id,
});
const secretOf = (kind: keyof OurKinds['secrets']): GrantTarget => ({
  kind: 'secret',
  name: ourKinds.secrets[kind].id,
});
const keyOf = (kind: KeyKind): GrantTarget => ({ kind: 'key', name: keyIds[kind] });
const pubsub: Grantee = { kind: 'agent', name: 'pubsub' };
const storage: Grantee = { kind: 'agent', name: 'storage' };
const group = (name: 'analysts' | 'operators' | 'breakGlass'): Grantee => ({ kind: 'group', name });

/** Everything that anybody may do in an environment with this topology; what is not here is not granted. */
export function grantsOf(topology: Topology): Grant[] {
  return [
    ...topology.functions.flatMap((spec) => functionGrants(spec, topology)),
    ...topology.functions.flatMap(callerGrants),
    ...buildGrants(),
    ...queryGrants(),
    ...deliveryGrants(topology),
    ...keyGrants(),
    ...completenessGrants(),
    ...peopleGrants(topology),
  ];
}

/** What its needs say and nothing else, in the order of the kinds. */
function functionGrants(spec: FunctionSpec, { kinds }: Topology): Grant[] {
  const who: Grantee = { kind: 'function', name: spec.name };
  const grants: Grant[] = [];
  const grant = (role: string, kind: Exclude<GrantTarget['kind'], 'project'>, name: string, why: string) => {
    grants.push({ who, role, on: { kind, name }, why });
  };
  for (const topic of spec.publishesTo) grant('roles/pubsub.publisher', 'topic', topic, 'publishes to it');
  for (const [kind, { id, why }] of Object.entries<DatabaseKind>(kinds.databases)) {
    const access = spec.databases[kind];
    if (access !== undefined) grant(databaseRoles[access], 'database', id, why);
  }
  const secrets = spec.secrets.map((name) => kindOf<SecretKind>(kinds.secrets, name));
  for (const { id } of secrets) grant('roles/secretmanager.secretAccessor', 'secret', id, 'has it in its environment');
  for (const [kind, { suffix, why }] of Object.entries<BucketKind>(kinds.buckets)) {
    const access = spec.buckets[kind];
    if (access !== undefined) grant(bucketRoles[access], 'bucket', suffix, why);
  }
  for (const { dataset } of spec.describes.map((name) => kindOf<DatasetKind>(kinds.datasets, name))) {
    grant('roles/bigquery.metadataViewer', 'dataset', dataset, 'compares the tables with the schemas');
  }
  for (const { dataset, tables, why } of (spec.rows ?? []).map((name) => kindOf<TableKind>(kinds.tables, name))) {
    for (const table of tables) grant('roles/bigquery.dataViewer', 'table', `${dataset}.${table}`, why);
    grants.push({ who, role: 'roles/bigquery.jobUser', on: { kind: 'project' }, why: 'runs queries' });
  }
  if (secrets.some(({ form }) => form === 'masterKeyset')) {
    grant('roles/cloudkms.cryptoKeyDecrypter', 'key', keyIds.master, 'unwraps the master keyset as it starts');
  }
  return grants;
}

/** Whoever a function says calls it, and nobody else; Google's services each as an account of the function's own. */
function callerGrants({ name, callers }: FunctionSpec): Grant[] {
  const on: GrantTarget = { kind: 'function', name };
  const role = 'roles/run.invoker';
  switch (callers.kind) {
    case 'public':
      return [{ who: { kind: 'everybody' }, role, on, why: 'SDKs show a write key instead' }];
    case 'push':
      return [
        { who: { kind: 'push', name }, role, on, why: 'its push subscription calls it' },
        {
          who: pubsub,
          role: 'roles/iam.serviceAccountOpenIdTokenCreator',
          on: { kind: 'pushAccount', name },
          why: 'signs its pushes',
        },
      ];
    case 'schedule':
      // Cloud Scheduler's agent may sign for it since its API was enabled ("Authenticated HTTP targets").
      return [{ who: { kind: 'schedule', name }, role, on, why: 'its schedule calls it' }];
    case 'operators':
      return [{ who: group('operators'), role, on, why: 'operators call it' }];
  }
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
    {
      who,
      role: 'roles/storage.objectViewer',
      on: { kind: 'bucket', name: deliveryBuckets.sources.suffix },
      why: 'our archives',
    },
  ];
}

function queryGrants(): Grant[] {
  const who: Grantee = { kind: 'queries' };
  const operations: GrantTarget = { kind: 'dataset', name: datasets.operations };
  return [
    { who, role: 'roles/bigquery.dataEditor', on: operations, why: 'counts what is lost' },
    { who, role: 'roles/bigquery.jobUser', on: { kind: 'project' }, why: 'runs queries' },
  ];
}

/** What Pub/Sub's service agent needs to move messages to dead letters, tables and files. */
function deliveryGrants({ kinds, topics, subscriptions, tables }: Topology): Grant[] {
  const deadLetters = new Set(subscriptions.flatMap(({ deadLetter }) => deadLetter?.topic ?? []));
  const archive = { kind: 'bucket', name: deliveryBuckets.rawArchive.suffix } as const;
  const filled = Object.values(kinds.datasets)
    .map(({ dataset }) => dataset)
    .filter((dataset) => tables.some((table) => table.dataset === dataset));
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
    ...filled.map((name): Grant => {
      const on = { kind: 'dataset', name } as const;
      return { who: pubsub, role: 'roles/bigquery.dataEditor', on, why: 'writes the rows' };
    }),
    ...topics
      .filter(({ uploadsTo }) => uploadsTo !== undefined)
      .map(({ name }): Grant => {
        const on = { kind: 'topic', name } as const;
        return { who: storage, role: 'roles/pubsub.publisher', on, why: 'tells it of uploads' };
      }),
    { who: pubsub, role: 'roles/storage.objectCreator', on: archive, why: 'writes its files' },
    { who: pubsub, role: 'roles/storage.legacyBucketReader', on: archive, why: 'checks that the bucket is there' },
  ];
}

function keyGrants(): Grant[] {
  const role = 'roles/cloudkms.cryptoKeyEncrypterDecrypter';
  return [{ who: pubsub, role, on: keyOf('clearTopics'), why: 'topics with personal data in the clear' }];
}

/** Counts rows, which are pseudonymized, and writes how many there are. */
function completenessGrants(): Grant[] {
  const who: Grantee = { kind: 'completeness' };
  const on = (name: string) => ({ kind: 'dataset', name }) as const;
  return [
    { who, role: 'roles/bigquery.jobUser', on: { kind: 'project' }, why: 'runs its scheduled queries' },
    { who, role: 'roles/bigquery.dataViewer', on: on(datasets.exact), why: 'how complete days are' },
    { who, role: 'roles/bigquery.dataViewer', on: on(datasets.raw), why: 'heartbeats, and rows that are in no table' },
    { who, role: 'roles/bigquery.dataEditor', on: on(datasets.operations), why: 'writes its answers and what is lost' },
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
      on: databaseOf('writeKeys'),
      why: '`edi keys`',
    },
    {
      who: group('operators'),
      role: 'roles/datastore.viewer',
      on: databaseOf('registry'),
      why: '`edi schema status`',
    },
    {
      who: group('breakGlass'),
      role: 'roles/cloudkms.cryptoKeyDecrypterViaDelegation',
      on: keyOf('master'),
      why: 're-identifies by a query; the key never leaves BigQuery',
    },
    {
      who: group('breakGlass'),
      role: 'ediSubjectKeyReader',
      on: databaseOf('subjectKeys'),
      why: 'the keyset of one data subject',
    },
    ...(['masterKeyset', 'lookupKey'] as const).map((name): Grant => {
      const role = 'roles/secretmanager.secretAccessor';
      return { who: group('breakGlass'), role, on: secretOf(name), why: 'finds and opens it' };
    }),
    ...topics
      .filter(({ clearPersonalData }) => clearPersonalData)
      .map(({ name }): Grant => {
        const on = { kind: 'topic', name } as const;
        return { who: { kind: 'clearDataReaders' }, role: 'roles/pubsub.subscriber', on, why: 'named explicitly' };
      }),
  ];
}

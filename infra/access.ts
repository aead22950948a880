import type { BucketKind, ChangeKind, DatabaseKind, DatasetKind, SecretKind, TableKind } from '../shared/needs/kind.ts';
import { kindOf } from '../shared/needs/variables.ts';
import { deliveryBuckets, keyIds } from './cloud-names.ts';
import {
  bucketRoles,
  databaseRoles,
  type Grant,
  type Grantee,
  type GrantTarget,
  group,
  keyOf,
  pubsub,
  rowChangerRole,
  storage,
} from './grants.ts';
import { datasets } from './naming.ts';
import { peopleGrants } from './people-grants.ts';
import type { FunctionSpec, Topology } from './topology.ts';

/** Everything that anybody may do in an environment with this topology; what is not here is not granted. */
export function grantsOf(topology: Topology): Grant[] {
  return [
    ...topology.functions.flatMap((spec) => functionGrants(spec, topology)),
    ...topology.functions.flatMap(callerGrants),
    ...topology.functions.flatMap(calleeGrants),
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
    const role = 'roles/bigquery.dataViewer';
    if (tables === 'all') grant(role, 'dataset', dataset, why);
    else for (const table of tables) grant(role, 'table', `${dataset}.${table}`, why);
  }
  for (const { dataset, tables, why } of (spec.changes ?? []).map((name) => kindOf<ChangeKind>(kinds.changes, name))) {
    if (tables === 'all') grant(rowChangerRole, 'dataset', dataset, why);
    else for (const table of tables) grant(rowChangerRole, 'table', `${dataset}.${table}`, why);
  }
  const asksBigQuery = (spec.rows ?? []).length > 0 || (spec.changes ?? []).length > 0;
  if (asksBigQuery) {
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

/** Functions that it calls, as itself. */
function calleeGrants({ name, calls = [] }: FunctionSpec): Grant[] {
  return calls.map((callee) => ({
    who: { kind: 'function', name },
    role: 'roles/run.invoker',
    on: { kind: 'function', name: callee },
    why: 'calls it',
  }));
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
    { who, role: rowChangerRole, on: { kind: 'dataset', name: datasets.raw }, why: 'empties values past their days' },
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

import { kinds as ourKinds } from '../shared/needs/kinds.ts';
import { bucketRoles, databaseOf, databaseRoles, type Grant, group, keyOf, secretOf } from './grants.ts';
import { datasets } from './naming.ts';
import type { Topology } from './topology.ts';

/** Types in alpha need no deployment, and nobody needs to own the project for them. */
const publisherGrants: readonly Grant[] = [
  {
    who: group('schemaPublishers'),
    role: bucketRoles.write,
    on: { kind: 'bucket', name: ourKinds.buckets.schemas.suffix },
    why: '`edi schema publish`',
  },
  {
    who: group('schemaPublishers'),
    role: databaseRoles.read,
    on: databaseOf('registry'),
    why: 'what became of it',
  },
];

export function peopleGrants({ topics }: Topology): Grant[] {
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
      who: group('operators'),
      role: 'roles/datastore.viewer',
      on: databaseOf('exports'),
      why: '`edi legacy report`: counts and places, no event data',
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
    ...publisherGrants,
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

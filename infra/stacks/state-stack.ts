import { BigqueryDataset, type BigqueryDatasetAccess } from '@cdktf/provider-google/lib/bigquery-dataset/index.js';
import { BigqueryTable } from '@cdktf/provider-google/lib/bigquery-table/index.js';
import { SecretManagerSecret } from '@cdktf/provider-google/lib/secret-manager-secret/index.js';
import { SecretManagerSecretIamMember } from '@cdktf/provider-google/lib/secret-manager-secret-iam-member/index.js';
import { Construct } from 'constructs';
import type { DatasetKind } from '../../shared/needs/kind.ts';
import type { Context } from '../constructs/context.ts';
import { EdiStack, protectedIn } from '../constructs/edi-stack.ts';
import { ScheduledQuery } from '../constructs/scheduled-query.ts';
import { SinkTable } from '../constructs/sink-table.ts';
import { timeTravelDays } from '../erasure-bound.ts';
import { expiredQuarantineScript, expiryQueryName, expirySchedule } from '../expired-losses.ts';
import { literal } from '../literal.ts';
import { currentTime, googleSql } from '../sql-dialect.ts';
import { declareBuckets } from './state-buckets.ts';
import { declareDatabases } from './state-databases.ts';
import { declareKeys } from './state-keys.ts';

/** Everything that would be lost with it. Nothing here is replaced, and little is ever changed. */
export class StateStack extends EdiStack {
  constructor(scope: Construct, context: Context) {
    super(scope, 'state', context);
    declareKeys(this, context);
    declareDatabases(this, context);
    declareBuckets(this, context);
    declareSecrets(this, context);
    declareDatasets(this, context);
  }
}

/**
 * The secrets without their values, which never pass through Terraform and so are in no state file. Where copies are is
 * fixed when a secret is made: Google replaces it when they change, and with a keyset all pseudonyms are gone for good. So
 * they are protected in every environment.
 */
function declareSecrets(scope: Construct, context: Context): void {
  const secrets = new Construct(scope, 'secret');
  const replicas = [...context.environment.secretLocations].sort().map((location) => ({ location }));
  for (const { id: secretId } of Object.values(context.topology.kinds.secrets)) {
    const secret = new SecretManagerSecret(secrets, secretId, {
      secretId,
      replication: { userManaged: { replicas } },
      deletionProtection: true,
      lifecycle: { preventDestroy: true },
    });
    for (const { id, role, member } of context.bindingsOn({ kind: 'secret', name: secretId })) {
      new SecretManagerSecretIamMember(secrets, `${secretId}-${id}`, { secretId: secret.secretId, role, member });
    }
  }
}

/** The datasets of all kinds, and the tables that hold no events; those of events are in stacks of their own. */
function declareDatasets(scope: Construct, context: Context): void {
  const { kinds, tables } = context.topology;
  const declared = new Map<string, BigqueryDataset>();
  const declare = (kind: DatasetKind): BigqueryDataset => {
    const { dataset } = kind;
    // Views that may read a dataset are named by their own, which has to be there first.
    const viewDatasets = new Set(
      tables.flatMap((one) => (one.dataset === dataset ? (one.exactView?.dataset ?? []) : [])),
    );
    const readers = Object.values<DatasetKind>(kinds.datasets).filter((other) => viewDatasets.has(other.dataset));
    const resource = declared.get(dataset) ?? declareDataset(scope, context, kind, readers.map(declare));
    declared.set(dataset, resource);
    return resource;
  };
  for (const kind of Object.values(kinds.datasets)) declare(kind);
  const made: BigqueryTable[] = [];
  for (const spec of tables.filter(({ exactView }) => exactView === undefined)) {
    const dataset = declared.get(spec.dataset);
    const { table } = new SinkTable(scope, spec.table, {
      context,
      spec,
      dependsOn: dataset === undefined ? [] : [dataset],
    });
    made.push(table);
  }
  const { table: qualified } = googleSql(context.environment.projectId);
  for (const { dataset, view, description, query } of context.topology.views) {
    new BigqueryTable(scope, `${view}-view`, {
      datasetId: dataset,
      tableId: view,
      description: literal(description),
      view: { query: literal(query(qualified)), useLegacySql: false },
      // It holds nothing.
      deletionProtection: false,
      dependsOn: made,
    });
  }
  declareQueries(scope, context, made);
}

function declareQueries(scope: Construct, context: Context, tables: readonly BigqueryTable[]): void {
  new ScheduledQuery(scope, 'expired-quarantine', {
    context,
    name: expiryQueryName,
    schedule: expirySchedule,
    query: expiredQuarantineScript({ dialect: googleSql(context.environment.projectId), asOf: currentTime }),
    dependsOn: tables,
  });
}

/**
 * Who may read a dataset is the whole list of its `access`: without one, BigQuery lets in every viewer of the project.
 * The exact views are authorised to read the base tables, so that nobody who queries them has to be.
 */
function declareDataset(
  scope: Construct,
  context: Context,
  { dataset, description }: DatasetKind,
  views: readonly BigqueryDataset[],
): BigqueryDataset {
  const { environment } = context;
  const granted = context
    .bindingsOn({ kind: 'dataset', name: dataset })
    .map(({ role, member }): BigqueryDatasetAccess => {
      // The API answers with the older names of these roles; declared by the newer ones they would never look unchanged.
      const known = legacyRoles[role] ?? role;
      // And with the older spelling of accounts, too: sent as `iamMember`, a plan would change them for ever.
      const [kind = '', email = ''] = member.split(':');
      const field = accountFields[kind];
      // In small letters, as it answers: the provider compares them here as they are written.
      return field === undefined ? { role: known, iamMember: member } : { role: known, [field]: email.toLowerCase() };
    });
  const authorised = views.map(({ datasetId }): BigqueryDatasetAccess => {
    return { dataset: { dataset: { projectId: environment.projectId, datasetId }, targetTypes: ['VIEWS'] } };
  });
  return new BigqueryDataset(scope, `dataset-${dataset}`, {
    datasetId: dataset,
    location: environment.dataLocation,
    description,
    // Storage is billed by the labels of datasets.
    labels: { dataset },
    maxTimeTravelHours: `${timeTravelDays * 24}`,
    // Where it may go, also with what people made in it.
    deleteContentsOnDestroy: !environment.protectState,
    access: [{ role: 'OWNER', specialGroup: 'projectOwners' }, ...granted, ...authorised],
    lifecycle: protectedIn(context),
  });
}

/** How the API answers a member of each kind ("Dataset", `access[]`, BigQuery reference). */
const accountFields: Readonly<Record<string, 'groupByEmail' | 'userByEmail'>> = {
  group: 'groupByEmail',
  serviceAccount: 'userByEmail',
  user: 'userByEmail',
};

const legacyRoles: Readonly<Record<string, string>> = {
  'roles/bigquery.dataViewer': 'READER',
  'roles/bigquery.dataEditor': 'WRITER',
};

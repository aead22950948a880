import { BigqueryDataset, type BigqueryDatasetAccess } from '@cdktf/provider-google/lib/bigquery-dataset/index.js';
import { SecretManagerSecret } from '@cdktf/provider-google/lib/secret-manager-secret/index.js';
import { SecretManagerSecretIamMember } from '@cdktf/provider-google/lib/secret-manager-secret-iam-member/index.js';
import { Construct } from 'constructs';
import { secretKinds } from '../access.ts';
import type { Context } from '../constructs/context.ts';
import { EdiStack, protectedIn } from '../constructs/edi-stack.ts';
import { SinkTable } from '../constructs/sink-table.ts';
import { datasets } from '../naming.ts';
import { declareBuckets } from './state-buckets.ts';
import { declareDatabases } from './state-databases.ts';
import { declareKeys } from './state-keys.ts';

/** Everything that would be lost with it. Nothing here is replaced, and little is ever changed. */
export class StateStack extends EdiStack {
  constructor(scope: Construct, context: Context) {
    super(scope, 'state', context);
    const keyGrants = declareKeys(this, context);
    declareDatabases(this, context);
    declareBuckets(this, context, keyGrants);
    declareSecrets(this, context);
    declareDatasets(this, context);
  }
}

/** The secrets without their values, which never pass through Terraform and so are in no state file. */
function declareSecrets(scope: Construct, context: Context): void {
  const secrets = new Construct(scope, 'secret');
  for (const kind of secretKinds) {
    const secretId = context.names.secretId(kind);
    const secret = new SecretManagerSecret(secrets, secretId, {
      secretId,
      replication: { userManaged: { replicas: context.environment.regions.map((location) => ({ location })) } },
      deletionProtection: context.environment.protectState,
      lifecycle: protectedIn(context),
    });
    for (const { id, role, member } of context.bindingsOn({ kind: 'secret', name: kind })) {
      new SecretManagerSecretIamMember(secrets, `${secretId}-${id}`, { secretId: secret.secretId, role, member });
    }
  }
}

/** Copies of before an erasure can be read so long ("Data retention with time travel", product documentation). */
const timeTravelHours = 48;

/**
 * Who may read a dataset is the whole list of its `access`: without one, BigQuery lets in every viewer of the project.
 * The exact views are authorised to read the base tables, so that nobody who queries them has to be.
 */
function declareDatasets(scope: Construct, context: Context): void {
  const { environment, topology } = context;
  const exact = declareDataset(scope, context, datasets.exact, {
    description: 'Exact views: one row per event',
    access: [],
  });
  declareDataset(scope, context, datasets.raw, {
    description: 'Append-only tables behind the exact views: one row per delivered message',
    access: [
      {
        dataset: {
          dataset: { projectId: environment.projectId, datasetId: exact.datasetId },
          targetTypes: ['VIEWS'],
        },
      },
    ],
  });
  const operations = declareDataset(scope, context, datasets.operations, {
    description: 'What operators look at: the quarantine',
    access: [],
  });
  for (const spec of topology.tables.filter(({ dataset }) => dataset === datasets.operations)) {
    new SinkTable(scope, spec.table, { context, spec, dependsOn: [operations] });
  }
}

interface DatasetProps {
  readonly description: string;
  readonly access: readonly BigqueryDatasetAccess[];
}

function declareDataset(scope: Construct, context: Context, name: string, props: DatasetProps): BigqueryDataset {
  const { environment } = context;
  const granted = context.bindingsOn({ kind: 'dataset', name }).map(({ role, member }): BigqueryDatasetAccess => {
    // The API answers with the older names of these roles; declared by the newer ones they would never look unchanged.
    const known = legacyRoles[role] ?? role;
    const [kind, email] = member.split(':');
    return kind === 'group' && email ? { role: known, groupByEmail: email } : { role: known, iamMember: member };
  });
  return new BigqueryDataset(scope, `dataset-${name}`, {
    datasetId: name,
    location: environment.stateRegion,
    description: props.description,
    maxTimeTravelHours: `${timeTravelHours}`,
    deleteContentsOnDestroy: false,
    access: [{ role: 'OWNER', specialGroup: 'projectOwners' }, ...granted, ...props.access],
    lifecycle: protectedIn(context),
  });
}

const legacyRoles: Readonly<Record<string, string>> = {
  'roles/bigquery.dataViewer': 'READER',
  'roles/bigquery.dataEditor': 'WRITER',
};

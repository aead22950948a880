import { BigqueryTable } from '@cdktf/provider-google/lib/bigquery-table/index.js';
import { BigqueryTableIamMember } from '@cdktf/provider-google/lib/bigquery-table-iam-member/index.js';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { bigQueryFields } from '../bigquery-table.ts';
import { literal } from '../literal.ts';
import type { TableSpec } from '../topology.ts';
import type { Context } from './context.ts';
import { protectedIn } from './edi-stack.ts';

export interface SinkTableProps {
  readonly context: Context;
  readonly spec: TableSpec;
  readonly labels?: Readonly<Record<string, string>>;
  /** The dataset, where the same stack makes it. */
  readonly dependsOn?: readonly ITerraformDependable[];
}

const dayMillis = 86_400_000;

/** An append-only table that a subscription fills, a partition a day. */
export class SinkTable extends Construct {
  readonly table: BigqueryTable;

  constructor(scope: Construct, id: string, { context, spec, labels, dependsOn = [] }: SinkTableProps) {
    super(scope, id);
    const { partitionColumn, retentionDays, clusterColumns, filterRequired } = spec.layout;
    const needsFilter = filterRequired ?? (spec.exactView !== undefined && context.environment.viewsNeedTime);
    this.table = new BigqueryTable(this, 'table', {
      datasetId: spec.dataset,
      tableId: spec.table,
      description: literal(spec.description),
      schema: literal(JSON.stringify(bigQueryFields(spec.columns))),
      timePartitioning: {
        type: 'DAY',
        field: partitionColumn,
        ...(retentionDays === undefined ? {} : { expirationMs: retentionDays * dayMillis }),
      },
      ...(needsFilter ? { requirePartitionFilter: true } : {}),
      clustering: [...clusterColumns],
      ...(labels === undefined ? {} : { labels: { ...labels } }),
      deletionProtection: context.environment.protectState,
      lifecycle: protectedIn(context),
      ...(dependsOn.length === 0 ? {} : { dependsOn: [...dependsOn] }),
    });
    const on = { kind: 'table', name: `${spec.dataset}.${spec.table}` } as const;
    for (const { id: binding, role, member } of context.bindingsOn(on)) {
      const { datasetId, tableId } = this.table;
      new BigqueryTableIamMember(this, binding, { datasetId, tableId, role, member });
    }
  }
}

import { BigqueryDataTransferConfig } from '@cdktf/provider-google/lib/bigquery-data-transfer-config/index.js';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { literal } from '../literal.ts';
import { withLabels } from '../query-label.ts';
import type { Context } from './context.ts';

export interface ScheduledQueryProps {
  readonly context: Context;
  /** For people, and for what tells of its failures. */
  readonly name: string;
  /** As Google's scheduler reads it: `every 6 hours`. */
  readonly schedule: string;
  /** GoogleSQL, a script where it is several statements. */
  readonly query: string;
  /** The tables that it names. */
  readonly dependsOn: readonly ITerraformDependable[];
}

/** A query that BigQuery runs at its times, as an account of our own ("Scheduling queries"). */
export class ScheduledQuery extends Construct {
  readonly config: BigqueryDataTransferConfig;

  constructor(scope: Construct, id: string, props: ScheduledQueryProps) {
    super(scope, id);
    const { environment, names } = props.context;
    this.config = new BigqueryDataTransferConfig(this, 'query', {
      displayName: props.name,
      dataSourceId: 'scheduled_query',
      location: environment.dataLocation,
      schedule: props.schedule,
      serviceAccountName: names.email(names.queriesAccount),
      params: { query: literal(withLabels(props.query, { system: 'edi', job: id })) },
      dependsOn: [...props.dependsOn],
    });
  }
}

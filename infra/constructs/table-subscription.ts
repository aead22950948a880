import type { BigqueryTable } from '@cdktf/provider-google/lib/bigquery-table/index.js';
import type { PubsubSubscription } from '@cdktf/provider-google/lib/pubsub-subscription/index.js';
import { Construct } from 'constructs';
import { declareSubscription, type SubscriptionProps } from './subscription.ts';

export interface TableSubscriptionProps extends SubscriptionProps {
  readonly table: TableName;
}

/** A table of ours, in this stack or by its name. */
type TableName = Pick<BigqueryTable, 'datasetId' | 'tableId'>;

/** Writes one row a message, the message's JSON by the table's columns. */
export class TableSubscription extends Construct {
  readonly subscription: PubsubSubscription;

  constructor(scope: Construct, id: string, props: TableSubscriptionProps) {
    super(scope, id);
    const { projectId } = props.context.environment;
    this.subscription = declareSubscription(this, props, {
      bigqueryConfig: {
        table: `${projectId}.${props.table.datasetId}.${props.table.tableId}`,
        useTableSchema: true,
        // A new column may take minutes to reach an open stream. The rows wait for it; dropping fields would lose values.
        dropUnknownFields: false,
      },
    });
  }
}

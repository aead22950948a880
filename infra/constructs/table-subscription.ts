import type { BigqueryTable } from '@cdktf/provider-google/lib/bigquery-table/index.js';
import { Construct } from 'constructs';
import { declareSubscription, type SubscriptionProps } from './subscription.ts';

export interface TableSubscriptionProps extends SubscriptionProps {
  readonly table: TableName;
  readonly row: 'json' | 'message';
}

/** A table of ours, in this stack or by its name. */
export type TableName = Pick<BigqueryTable, 'datasetId' | 'tableId'>;

/** Writes one row a message: its JSON by the table's columns, or the message itself with its attributes. */
export class TableSubscription extends Construct {
  constructor(scope: Construct, id: string, props: TableSubscriptionProps) {
    super(scope, id);
    const { projectId } = props.context.environment;
    declareSubscription(this, props, {
      bigqueryConfig: {
        table: `${projectId}.${props.table.datasetId}.${props.table.tableId}`,
        ...(props.row === 'message'
          ? { writeMetadata: true }
          : {
              useTableSchema: true,
              // A new column may take minutes to reach an open stream. The rows wait for it; dropping fields would lose
              // values.
              dropUnknownFields: false,
            }),
      },
    });
  }
}

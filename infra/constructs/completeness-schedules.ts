import { BigqueryDataTransferConfig } from '@cdktf/provider-google/lib/bigquery-data-transfer-config/index.js';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import type { TypesRead } from '../completeness/rows-of-types.ts';
import { dailyStatement, hourlyStatement } from '../completeness/statements.ts';
import { expirySchedule } from '../expired-losses.ts';
import { expiredRowsScript } from '../expired-rows.ts';
import { labelValue, literal } from '../literal.ts';
import { withLabels } from '../query-label.ts';
import { currentTime, googleSql } from '../sql-dialect.ts';
import type { Context } from './context.ts';

export interface CompletenessSchedulesProps {
  readonly context: Context;
  /** Those that get events. */
  readonly types: TypesRead | undefined;
  /** All that have rows, retired ones included. */
  readonly stored: TypesRead;
  /** For people: whose types these are. */
  readonly whose: string;
  /** The tables and views that the same stack makes: a schedule runs as soon as it is there, and a run that fails is told. */
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * Fills the tables of completeness for some types, day by day and hour by hour, and counts their rows that no line tries any
 * more as lost; as an account of its own.
 */
export class CompletenessSchedules extends Construct {
  constructor(scope: Construct, id: string, props: CompletenessSchedulesProps) {
    super(scope, id);
    const { context, types, stored, whose, dependsOn } = props;
    const { environment, names } = context;
    const { projectId, lookBackDays, dataLocation } = environment;
    const dialect = googleSql(projectId);
    const schedule = (name: string, times: string, query: string) =>
      new BigqueryDataTransferConfig(this, name, {
        displayName: `EDI ${name}: ${whose}`,
        dataSourceId: 'scheduled_query',
        location: dataLocation,
        schedule: times,
        serviceAccountName: names.email(names.completenessAccount),
        params: { query: literal(withLabels(query, { system: 'edi', job: name, domain: labelValue(whose) })) },
        dependsOn: [...dependsOn],
      });
    schedule('row-losses', expirySchedule, expiredRowsScript({ dialect, types: stored, asOf: currentTime }));
    if (types === undefined) return;
    const options = { dialect, types, lookBackDays };
    // After the day of every time zone's sender has had some hours to arrive.
    schedule('completeness', 'every day 04:10', dailyStatement(options));
    schedule('hours', 'every 1 hours', hourlyStatement(options));
  }
}

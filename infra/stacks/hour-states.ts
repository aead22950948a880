import { BigqueryTable } from '@cdktf/provider-google/lib/bigquery-table/index.js';
import type { Construct } from 'constructs';
import { defaultHourSettings, hourStatesQuery, maxStateHours } from '../completeness/hours-query.ts';
import type { Context } from '../constructs/context.ts';
import { literal } from '../literal.ts';
import { datasets } from '../naming.ts';
import { currentTime, googleSql } from '../sql-dialect.ts';
import type { Topology } from '../topology.ts';

/** The state of every hour, for the types and regions that are deployed. */
export function declareHourStates(scope: Construct, { environment, topology }: Context): void {
  const isRetired = ({ stage }: Topology['types'][number]) => stage === 'retired';
  const question = {
    dialect: googleSql(environment.projectId),
    types: topology.types.filter((one) => !isRetired(one)).map(({ type }) => type),
    retired: topology.types.filter(isRetired).map(({ type }) => type),
    regions: environment.regions,
    hours: maxStateHours,
    asOf: currentTime,
    ...defaultHourSettings,
  };
  new BigqueryTable(scope, 'hour-states', {
    datasetId: datasets.operations,
    tableId: 'hour_states',
    description: 'Each hour of the last week by type and region: complete, empty, late or broken',
    view: { query: literal(hourStatesQuery(question)), useLegacySql: false },
    // It holds nothing.
    deletionProtection: false,
  });
}

import { BigqueryTable } from '@cdktf/provider-google/lib/bigquery-table/index.js';
import { Construct } from 'constructs';
import { googleSql } from '../completeness/dialect.ts';
import { defaultHourSettings, hourStatesQuery, maxStateHours } from '../completeness/hours-query.ts';
import { completenessViews, type ViewSpec } from '../completeness/tables.ts';
import type { Context } from '../constructs/context.ts';
import { literal } from '../literal.ts';
import { datasets } from '../naming.ts';

/** The newest answers, and the state of every hour. */
export function declareCompletenessViews(scope: Construct, context: Context): void {
  const { environment, topology } = context;
  const views = new Construct(scope, 'completeness');
  const types = topology.types.filter(({ stage }) => stage !== 'retired').map(({ type }) => type);
  const states: ViewSpec = {
    dataset: datasets.operations,
    view: 'hour_states',
    description: 'Each hour of the last week by type and region: complete, empty, late or broken',
    query: (dialect) => {
      const question = { dialect, types, regions: environment.regions, hours: maxStateHours, ...defaultHourSettings };
      return hourStatesQuery({ ...question, asOf: 'CURRENT_TIMESTAMP()' });
    },
  };
  for (const { dataset, view, description, query } of [...completenessViews, states]) {
    new BigqueryTable(views, view, {
      datasetId: dataset,
      tableId: view,
      description,
      view: { query: literal(query(googleSql(environment.projectId))), useLegacySql: false },
      // It holds nothing.
      deletionProtection: false,
    });
  }
}

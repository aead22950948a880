import { BigqueryTable } from '@cdktf/provider-google/lib/bigquery-table/index.js';
import { Fn, Token } from 'cdktf';
import type { Construct } from 'constructs';
import { quietHours, quietTypesQuery, quietTypesScript } from '../completeness/quiet-types.ts';
import type { Context } from '../constructs/context.ts';
import { ScheduledQuery } from '../constructs/scheduled-query.ts';
import { literal } from '../literal.ts';
import { datasets } from '../naming.ts';
import { currentTime, googleSql } from '../sql-dialect.ts';
import { type Alert, failedRuns } from './alert.ts';

const quietView = 'quiet_types';

export interface QuietWatch {
  readonly alert: Alert;
  /** Of the scheduled query, as the metrics of runs name it. */
  readonly configId: string;
}

/** What tells of a type that usually has events and has none: a view, and a scheduled query that fails while it has rows. */
export function watchQuietTypes(scope: Construct, context: Context): QuietWatch {
  const { projectId, regions } = context.environment;
  const question = { dialect: googleSql(projectId), regions, asOf: currentTime };
  new BigqueryTable(scope, 'quiet-types-view', {
    datasetId: datasets.operations,
    tableId: quietView,
    description: `Types that usually have events at this time, and had none for ${quietHours} hours`,
    view: { query: literal(quietTypesQuery(question)), useLegacySql: false },
    // It holds nothing.
    deletionProtection: false,
  });
  const { config } = new ScheduledQuery(scope, 'quiet-types', {
    context,
    name: 'EDI: quiet types',
    schedule: 'every 1 hours',
    query: quietTypesScript(question),
    dependsOn: [],
  });
  // projects/<project>/locations/<location>/transferConfigs/<id>
  const configId = Token.asString(Fn.element(Fn.split('/', config.name), 5));
  return {
    configId,
    alert: {
      id: 'quiet-types',
      title: 'an event type has no events',
      advice:
        `For ${quietHours} hours nothing was accepted of a type that had events at this time of day or week before: ` +
        `\`operations.${quietView}\` says which. Its heartbeats arrive, so its way is free: look at "Rejected a second" on the ` +
        'dashboard and at `edi quarantine list`, then ask the owner of the type and of the SDKs that send it.',
      condition: failedRuns(`resource.labels.config_id="${configId}"`),
      severity: 'WARNING',
    },
  };
}

import { kinds } from '../../../needs/kinds.ts';
import { requireVariable } from '../../../needs/settings.ts';
import type { EventRows } from '../../../ports/event-rows.ts';
import { createBigQueryEventRows } from '../event-rows.ts';
import { type Environment, projectOf } from './environment.ts';

export function openEventRows(environment: Environment): EventRows {
  // Google has no emulator of BigQuery; the variable is the one that its client knows.
  const apiEndpoint = environment['BIGQUERY_EMULATOR_HOST'];
  return createBigQueryEventRows({
    ...(apiEndpoint ? { apiEndpoint } : {}),
    projectId: projectOf(environment),
    dataset: requireVariable(environment, kinds.tables.events.variable),
  });
}

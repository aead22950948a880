import { kinds } from '../../../needs/kinds.ts';
import { requireVariable } from '../../../needs/settings.ts';
import type { QuarantineRecords } from '../../../ports/quarantine-records.ts';
import { createBigQueryQuarantineRecords } from '../quarantine-records.ts';
import { type Environment, projectOf } from './environment.ts';

export function openQuarantineTable(environment: Environment): QuarantineRecords {
  const { variable, tables } = kinds.tables.quarantine;
  const [records, replayed] = tables;
  // Google has no emulator of BigQuery; the variable is the one that its client knows.
  const apiEndpoint = environment['BIGQUERY_EMULATOR_HOST'];
  const endpoint = apiEndpoint ? { apiEndpoint } : {};
  return createBigQueryQuarantineRecords({
    ...endpoint,
    projectId: projectOf(environment),
    dataset: requireVariable(environment, variable),
    tables: { records, replayed },
  });
}

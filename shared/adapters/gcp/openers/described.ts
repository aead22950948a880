import type { DatasetKind } from '../../../needs/kind.ts';
import type { DescribedDataset } from '../../../needs/ports.ts';
import { requireVariable } from '../../../needs/settings.ts';
import { createBigQueryTableReader } from '../table-reader.ts';
import { type Environment, projectOf } from './environment.ts';

export function openDescribed(environment: Environment, { variable }: Pick<DatasetKind, 'variable'>): DescribedDataset {
  const projectId = projectOf(environment);
  // Google has no emulator of BigQuery; the variable is the one that its client knows.
  const apiEndpoint = environment['BIGQUERY_EMULATOR_HOST'];
  const reader = createBigQueryTableReader({ projectId, ...(apiEndpoint ? { apiEndpoint } : {}) });
  return Object.assign(reader, { dataset: requireVariable(environment, variable) });
}

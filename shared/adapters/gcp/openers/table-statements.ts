import type { Needs } from '../../../needs/needs.ts';
import type { TableStatements } from '../../../ports/table-statements.ts';
import { createBigQueryStatements } from '../table-statements.ts';
import { type Environment, projectOf } from './environment.ts';

export function openTableStatements(environment: Environment, { name }: Pick<Needs, 'name'>): TableStatements {
  // Google has no emulator of BigQuery; the variable is the one that its client knows.
  const apiEndpoint = environment['BIGQUERY_EMULATOR_HOST'];
  return createBigQueryStatements({
    ...(apiEndpoint ? { apiEndpoint } : {}),
    projectId: projectOf(environment),
    job: name,
  });
}

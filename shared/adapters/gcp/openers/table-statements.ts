import type { Needs } from '../../../needs/needs.ts';
import type { TableStatements } from '../../../ports/table-statements.ts';
import { createBigQueryStatements } from '../table-statements.ts';
import { type Environment, projectOf } from './environment.ts';

/** A statement over all rows of a table of events may take as long as its function; none takes less than this. */
const leastTimeoutMillis = 240_000;

export function openTableStatements(
  environment: Environment,
  { name, size }: Pick<Needs, 'name' | 'size'>,
): TableStatements {
  // Google has no emulator of BigQuery; the variable is the one that its client knows.
  const apiEndpoint = environment['BIGQUERY_EMULATOR_HOST'];
  return createBigQueryStatements({
    ...(apiEndpoint ? { apiEndpoint } : {}),
    projectId: projectOf(environment),
    job: name,
    jobTimeoutMillis: Math.max(leastTimeoutMillis, size.timeoutSeconds * 1_000),
  });
}

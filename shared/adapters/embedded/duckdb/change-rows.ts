import type {
  StatementDialect,
  StatementOutcome,
  TableStatement,
  TableStatements,
} from '../../../ports/table-statements.ts';
import { Unavailable } from '../../../ports/unavailable.ts';
import { quoteTable } from './columns.ts';
import { errorKind, errorWithoutValues } from './errors.ts';
import type { Warehouse } from './tables.ts';

/** DuckDB's, for its schemas. */
const duckDbStatements: StatementDialect = {
  engine: 'duckdb',
  table: (schema, table) => quoteTable({ schema, table }),
  parameter: (name) => `$${name}`,
  texts: (name) => `SELECT unnest(from_json($${name}, '["VARCHAR"]')) AS one`,
  timestamp: (expression) => `CAST(${expression} AS TIMESTAMP WITH TIME ZONE)`,
  millis: (expression) => `epoch_ms(${expression})`,
};

/** Statements in the local warehouse, in turn with everything else that writes to it, so that none is ever `busy`. */
export function makeDuckDbStatements(warehouse: Pick<Warehouse, 'change'>): TableStatements {
  async function run(statement: TableStatement): Promise<StatementOutcome> {
    try {
      const rows = await warehouse.change(statement.sql(duckDbStatements), statement.parameters ?? {});
      return { kind: 'done', rows };
    } catch (error) {
      if (errorKind(error) === 'Catalog') return { kind: 'no-table' };
      throw new Unavailable('table-statements', `the warehouse was not changed: ${errorWithoutValues(error)}`);
    }
  }
  return { change: run, count: run, bytesOf: async () => undefined };
}

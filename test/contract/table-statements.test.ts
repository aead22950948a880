import { makeDuckDbStatements } from '../../shared/adapters/embedded/duckdb/change-rows.ts';
import { openWarehouse } from '../../shared/adapters/embedded/duckdb/tables.ts';
import { createMemoryTableStatements } from '../../shared/adapters/memory/table-statements.ts';
import { tableStatementsContract } from './suites/table-statements.ts';

tableStatementsContract('memory', async () => {
  const statements = createMemoryTableStatements();
  const warehouse = await statements.warehouse();
  return { statements, warehouse, close: () => warehouse.close() };
});

tableStatementsContract('DuckDB', async () => {
  const warehouse = await openWarehouse({ path: ':memory:' });
  return { statements: makeDuckDbStatements(warehouse), warehouse, close: () => warehouse.close() };
});

import type { TableStatements } from '../../ports/table-statements.ts';
import { makeDuckDbStatements } from '../embedded/duckdb/change-rows.ts';
import { openWarehouse, type Warehouse } from '../embedded/duckdb/tables.ts';
import type { Gate } from './gate.ts';

/** Statements are SQL, so this is DuckDB in memory, opened with the first; without a table until somebody makes one. */
export interface MemoryTableStatements extends TableStatements {
  warehouse(): Promise<Warehouse>;
}

export function createMemoryTableStatements({ gate }: { readonly gate?: Gate } = {}): MemoryTableStatements {
  let opened: Promise<Warehouse> | undefined;
  const warehouse = () => {
    opened ??= openWarehouse({ path: ':memory:' });
    return opened;
  };
  const statements = makeDuckDbStatements({
    change: async (sql, parameters) => (await warehouse()).change(sql, parameters),
  });
  return {
    warehouse,
    async change(statement) {
      await gate?.('change');
      return statements.change(statement);
    },
    async count(statement) {
      await gate?.('count');
      return statements.count(statement);
    },
    bytesOf: (statement) => statements.bytesOf(statement),
  };
}

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Warehouse } from '../../../shared/adapters/embedded/duckdb/tables.ts';
import { ownColumn } from '../../../shared/event-types/column.ts';
import type { TableStatement, TableStatements } from '../../../shared/ports/table-statements.ts';

export interface OpenedStatements {
  readonly statements: TableStatements;
  /** Where its tables are. */
  readonly warehouse: Warehouse;
  readonly close: () => Promise<void>;
}

const columns = [
  ownColumn('name', 'STRING', 'REQUIRED', ''),
  ownColumn('kept_time', 'TIMESTAMP', 'REQUIRED', ''),
  ownColumn('value', 'STRING', 'NULLABLE', ''),
];
const table = { schema: 'operations', table: 'things' };

function deleteOf(names: readonly string[]): TableStatement {
  return {
    sql: (sql) => `DELETE FROM ${sql.table('operations', 'things')} WHERE name IN (${sql.texts('names')})`,
    parameters: { names: JSON.stringify(names) },
  };
}

const countAll: TableStatement = { sql: (dialect) => `SELECT COUNT(*) FROM ${dialect.table('operations', 'things')}` };

/** Changes and counts rows, whatever engine has them. */
export function tableStatementsContract(adapter: string, openStatements: () => Promise<OpenedStatements>): void {
  describe(`table statements: ${adapter}`, () => {
    let opened: OpenedStatements;
    beforeEach(async () => {
      opened = await openStatements();
      await opened.warehouse.ensureTable({ ...table, columns });
      const rows = ['a', "b'c", 'd'].map((name, at) => ({
        ...{ name, kept_time: `2026-11-0${at + 1}T00:00:00.000000Z`, value: `of ${name}` },
      }));
      await opened.warehouse.append(
        table,
        rows.map((row) => JSON.stringify(row)),
      );
    });
    afterEach(() => opened.close());

    test('a DELETE says how many rows went, and finds none the second time', async () => {
      const { statements } = opened;
      const names = ["b'c", 'd', 'x'];
      expect(await statements.change(deleteOf(names))).toEqual({ kind: 'done', rows: 2 });
      expect(await statements.change(deleteOf(names))).toEqual({ kind: 'done', rows: 0 });
      expect(await statements.count(countAll)).toEqual({ kind: 'done', rows: 1 });
    });

    test('an empty list matches nothing, and a long one all that it names', async () => {
      expect(await opened.statements.change(deleteOf([]))).toEqual({ kind: 'done', rows: 0 });
      const many = [...Array.from({ length: 5_000 }, String), 'd'];
      expect(await opened.statements.change(deleteOf(many))).toEqual({ kind: 'done', rows: 1 });
    });

    test('an UPDATE by a time and a text', async () => {
      const statement: TableStatement = {
        sql: (dialect) =>
          `UPDATE ${dialect.table('operations', 'things')} SET value = NULL ` +
          `WHERE kept_time >= ${dialect.timestamp(dialect.parameter('from'))} AND value LIKE ${dialect.parameter('like')}`,
        parameters: { from: '2026-11-02T00:00:00Z', like: 'of %' },
      };
      expect(await opened.statements.change(statement)).toEqual({ kind: 'done', rows: 2 });
      const empty: TableStatement = {
        sql: (dialect) => `SELECT COUNT(*) FROM ${dialect.table('operations', 'things')} WHERE value IS NULL`,
      };
      expect(await opened.statements.count(empty)).toEqual({ kind: 'done', rows: 2 });
    });

    test('a table that is not there is an answer', async () => {
      const statement: TableStatement = {
        sql: (dialect) => `DELETE FROM ${dialect.table('operations', 'no')} WHERE TRUE`,
      };
      expect(await opened.statements.change(statement)).toEqual({ kind: 'no-table' });
    });
  });
}

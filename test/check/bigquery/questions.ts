import type { BigQuery } from '@google-cloud/bigquery';
import { ensureTables } from '../../../infra/local/tables.ts';
import type { Topology } from '../../../infra/topology.ts';
import { openWarehouse } from '../../../shared/adapters/embedded/duckdb/tables.ts';
import { firstDayOfQuestions, questionsOfPage, rowsOfQuestions } from '../../helpers/questions.ts';
import { compareAnswers } from './compare.ts';
import { declareTables, insertRows, renamedRow } from './emulator.ts';

/** Asks both the questions of the page for analysts, about the events of their test. Resolves to how many differ. */
export async function compareQuestions(
  bigQuery: BigQuery,
  topology: Topology,
  say: (line: string) => void,
): Promise<number> {
  const rows = rowsOfQuestions(firstDayOfQuestions(Date.now()));
  const asked = new Set(rows.map(({ table }) => table));
  const tables = topology.tables.filter(({ table }) => table === 'alpha' || asked.has(table));
  await declareTables(bigQuery, tables);
  await insertRows(
    bigQuery,
    rows.map(({ row, ...where }) => ({ ...where, row: renamedRow(row) })),
  );
  const warehouse = await openWarehouse({ path: ':memory:' });
  try {
    await ensureTables(warehouse, { ...topology, tables, views: [] });
    for (const { dataset, table, row } of rows) {
      await warehouse.append({ schema: dataset, table }, [JSON.stringify(row)]);
    }
    const statements = questionsOfPage().map(({ title, sql }) => ({ name: title, sql }));
    return await compareAnswers(bigQuery, warehouse, statements, say);
  } finally {
    await warehouse.close();
  }
}

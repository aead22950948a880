/** A process that appends until it is killed: node append-until-killed.ts <file>. Prints a line per answered batch. */
import { openWarehouse } from '../../../shared/adapters/embedded/duckdb/tables.ts';
import { column, eventColumns, eventRow, eventTable } from './rows.ts';

const path = process.argv[2];
if (path === undefined) throw new Error('usage: append-until-killed.ts <file>');
const warehouse = await openWarehouse({ path });
await warehouse.ensureTable({ ...eventTable, columns: eventColumns });
for (let batch = 0; ; batch += 1) {
  if (batch === 3) {
    // A change of a nested column must be as durable as rows are.
    const data = column('data', 'RECORD', { fields: [column('number', 'INT64'), column('more', 'STRING')] });
    await warehouse.ensureTable({ ...eventTable, columns: [...eventColumns.slice(0, -1), data] });
  }
  const rows = Array.from({ length: 20 }, (_, index) => eventRow(`${batch}-${index}`, batch));
  const outcomes = await warehouse.append(eventTable, rows);
  if (outcomes.every(({ kind }) => kind === 'inserted')) process.stdout.write(`${batch}\n`);
}

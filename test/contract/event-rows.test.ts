import { expect } from 'vitest';
import { makeEventRows } from '../../shared/adapters/embedded/duckdb/event-rows.ts';
import { createMemoryEventRows } from '../../shared/adapters/memory/event-rows.ts';
import { isJsonObject, type JsonObject } from '../../shared/event/json.ts';
import { ownColumn } from '../../shared/event-types/column.ts';
import { openTestWarehouse } from '../unit/duckdb/fixture.ts';
import { eventRowsContract } from './suites/event-rows.ts';

const columns = [
  ownColumn('event_key', 'STRING', 'REQUIRED', ''),
  ownColumn('event_time', 'TIMESTAMP', 'REQUIRED', ''),
  ownColumn('subject', 'STRING', 'NULLABLE', ''),
  ownColumn('names', 'STRING', 'REPEATED', ''),
  {
    ...ownColumn('data', 'RECORD', 'NULLABLE', ''),
    fields: [ownColumn('name', 'STRING', 'NULLABLE', ''), ownColumn('open', 'JSON', 'NULLABLE', '')],
  },
];

eventRowsContract('memory', async (tables) =>
  createMemoryEventRows(new Map(Object.entries(tables).map(([name, rows]) => [name, [...rows]]))),
);

/** As a sink takes it: JSON columns are text. */
function sinkText({ data, ...row }: JsonObject): string {
  const { name = null, open = null } = isJsonObject(data) ? data : {};
  return JSON.stringify({ ...row, data: { name, open: open === null ? null : JSON.stringify(open) } });
}

for (const maxPageRows of [undefined, 3]) {
  eventRowsContract(maxPageRows === undefined ? 'DuckDB' : 'DuckDB, a few at a time', async (tables) => {
    const warehouse = await openTestWarehouse();
    for (const [table, rows] of Object.entries(tables)) {
      const name = { schema: 'events_raw', table };
      await warehouse.ensureTable({ ...name, columns });
      const texts = rows.map(sinkText);
      expect(await warehouse.append(name, texts)).toEqual(texts.map(() => ({ kind: 'inserted' })));
    }
    return makeEventRows({ warehouse, dataset: 'events_raw', ...(maxPageRows === undefined ? {} : { maxPageRows }) });
  });
}

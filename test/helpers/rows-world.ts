import { defaultFinishErasuresConfig, type FinishErasuresConfig } from '../../functions/finish-erasures/config.ts';
import { type RowsOutcome, sweepRowsIfDue } from '../../functions/finish-erasures/rows.ts';
import { erasureTables } from '../../infra/erasure-tables.ts';
import { makeEventRows } from '../../shared/adapters/embedded/duckdb/event-rows.ts';
import { createMemoryTableStatements } from '../../shared/adapters/memory/table-statements.ts';
import { rememberPseudonyms } from '../../shared/erasure/erasure-statements.ts';
import type { JsonObject } from '../../shared/event/json.ts';
import { alphaColumns, alphaSink, sinkColumns, sinkOf, sinkTable } from '../../shared/event-types/alpha.ts';
import { kinds } from '../../shared/needs/kinds.ts';
import type { RowsErasure } from '../../shared/ports/erasures.ts';
import { pseudonymizeWorld } from './pseudonymize-world.ts';
import { activate, eventSchema } from './schemas.ts';

const { dataset } = kinds.changes.events;

/** The real pseudonymize, whose rows are in tables of DuckDB, and finish-erasures, which goes over them. */
export async function rowsWorld(documents: readonly JsonObject[]) {
  const schemas = documents.map(eventSchema);
  const failing: { next?: (operation: string) => void } = {};
  const statements = createMemoryTableStatements({ gate: (operation) => failing.next?.(operation) });
  const warehouse = await statements.warehouse();
  const pseudonymize = await pseudonymizeWorld({ schemas: documents });
  const { clock, registry } = pseudonymize;
  const typed = schemas.map(({ edi, columns }) => ({
    schema: dataset,
    table: sinkTable(edi),
    columns: sinkColumns({ edi, columns }),
  }));
  for (const table of [
    ...typed,
    { schema: dataset, table: alphaSink, columns: alphaColumns },
    ...erasureTables.map(({ dataset: schema, ...table }) => ({ schema, ...table })),
  ]) {
    await warehouse.ensureTable(table);
  }
  const rows = makeEventRows({ warehouse, dataset });
  const taken = new Map<string, number>();
  return {
    ...pseudonymize,
    failing,
    warehouse,
    activate: (document: JsonObject) => activate(registry, document),
    /** What pseudonymize has published since becomes rows. */
    async fillTables(): Promise<void> {
      for (const sink of new Set(schemas.map(({ edi }) => sinkOf(edi)))) {
        const messages = pseudonymize.rowsOf(sink);
        const table = sink === alphaSink ? alphaSink : sinkTable({ type: sink, stage: 'ga' });
        const texts = messages.slice(taken.get(sink) ?? 0).map((row) => JSON.stringify(row));
        taken.set(sink, messages.length);
        const answers = await warehouse.append({ schema: dataset, table }, texts);
        if (answers.some(({ kind }) => kind !== 'inserted')) throw new Error('a row does not fit its table');
      }
    },
    /** All rows of a table. */
    async stored(table: string): Promise<JsonObject[]> {
      const all: JsonObject[] = [];
      for await (const page of rows.holding(table, '')) all.push(...page);
      return all;
    },
    /** As erase-subject does before it destroys keys, which the tables do not notice. */
    async remember(what: RowsErasure, pseudonyms: readonly string[], cutoffMillis = clock.nowMillis()): Promise<void> {
      const times = { erasedAtMillis: cutoffMillis, cutoffMillis };
      await statements.change(rememberPseudonyms({ erasure: 'e', ...times }, what, pseudonyms));
    },
    finish: (config: Partial<FinishErasuresConfig> = {}): Promise<RowsOutcome> =>
      sweepRowsIfDue({ statements, clock, registry, config: { ...defaultFinishErasuresConfig, ...config } }),
  };
}

export type RowsWorld = Awaited<ReturnType<typeof rowsWorld>>;

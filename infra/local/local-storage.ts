import type { Warehouse } from '../../shared/adapters/embedded/duckdb/tables.ts';
import type { HeldPorts } from '../../shared/needs/held-ports.ts';

/** What a local deployment holds, with either kind of bus and databases: DuckDB is its warehouse. */
export interface LocalStorage extends HeldPorts {
  readonly warehouse: Warehouse;
}

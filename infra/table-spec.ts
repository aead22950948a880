import type { Column } from '../shared/event-types/column.ts';

/** How a table is stored: by day of a time column, and within a day together by what is looked up. */
export interface TableLayout {
  readonly partitionColumn: string;
  /** How long a partition is kept; absent: for good. */
  readonly retentionDays?: number;
  /** A query has to say which partitions it wants (`require_partition_filter`): where every query of ours does. */
  readonly filterRequired?: true;
  /** At most four. */
  readonly clusterColumns: readonly string[];
}

export interface TableSpec {
  readonly dataset: string;
  readonly table: string;
  readonly description: string;
  readonly columns: readonly Column[];
  readonly layout: TableLayout;
  /** The view of the same columns with one row per `event_key`; absent for tables that are no events. */
  readonly exactView?: ExactViewSpec;
}

/** A view whose text BigQuery and DuckDB both read. */
export interface ViewSpec {
  readonly dataset: string;
  readonly view: string;
  readonly description: string;
  /** `nameOf` spells the name of a table. */
  readonly query: (nameOf: (dataset: string, table: string) => string) => string;
}

export interface ExactViewSpec {
  readonly dataset: string;
  readonly view: string;
  /** Of a type's own view: what was written before it had a table, which the view shows as well. */
  readonly alphaRows?: AlphaRowsSpec;
}

/** The rows of one type in the table that types in alpha share. */
interface AlphaRowsSpec {
  readonly dataset: string;
  readonly table: string;
  readonly type: string;
}

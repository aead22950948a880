/** Which rows a watcher wants that were written before it came. */
export interface TailHistoryRequest {
  /** So many, the latest. */
  readonly last: number;
  /** Only of this event type. */
  readonly type?: string;
  /** Only events that were refused. */
  readonly rejected: boolean;
}

/** Apart from what reads them, since a command that only asks need not load DuckDB. */
export const maxTailHistory = 1_000;

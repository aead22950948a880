/** A row as it was written, for whoever watches. */
export interface LiveRow {
  readonly dataset: string;
  readonly table: string;
  /** The row's JSON text. */
  readonly row: string;
}

/** Hands written rows to watchers. Nobody watching costs nothing. */
export interface LiveFeed {
  publish(table: Pick<LiveRow, 'dataset' | 'table'>, rows: readonly string[]): void;
  /** Calls `watcher` for each row until the returned function is called. */
  watch(watcher: (row: LiveRow) => void): () => void;
}

export function makeLiveFeed(): LiveFeed {
  const watchers = new Set<(row: LiveRow) => void>();
  return {
    publish({ dataset, table }, rows) {
      for (const watcher of watchers) for (const row of rows) watcher({ dataset, table, row });
    },
    watch(watcher) {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
  };
}

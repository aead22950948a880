import { asBytes, asText, type DatabaseSettings, openDatabase } from './database.ts';

const tables = {
  schemaVersion: 1,
  sql: 'CREATE TABLE copy (path TEXT PRIMARY KEY, document BLOB NOT NULL) STRICT, WITHOUT ROWID',
} as const;

/** Copies of documents whose own storage does not outlive its process. */
export interface DocumentCopies {
  all(): { readonly path: string; readonly document: Uint8Array }[];
  put(path: string, document: Uint8Array): void;
  remove(path: string): void;
  close(): void;
}

/** Opens copies on a SQLite file of their own. Throws when another process has it. */
export function openDocumentCopies(options: {
  readonly path: string;
  readonly settings?: DatabaseSettings;
}): DocumentCopies {
  const database = openDatabase(options.path, tables, options.settings);
  const all = database.prepare('SELECT path, document FROM copy ORDER BY path');
  const put = database.prepare('INSERT OR REPLACE INTO copy VALUES (?, ?)');
  const remove = database.prepare('DELETE FROM copy WHERE path = ?');
  return {
    all: () => all.all().map(({ path, document }) => ({ path: asText(path), document: asBytes(document) })),
    put: (path, document) => void put.run(path, document),
    remove: (path) => void remove.run(path),
    close: () => database.close(),
  };
}

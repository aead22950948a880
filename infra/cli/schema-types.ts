import { readdirSync } from 'node:fs';
import { tableName } from '../../shared/event-types/table.ts';

/** Event types by the name of their table, from the names of the files in a schema folder. Empty without the folder. */
export function typesByTable(schemaFolder: string): ReadonlyMap<string, string> {
  const types = new Map<string, string>();
  for (const name of fileNames(schemaFolder)) {
    const match = /^([a-z0-9-]+)[/\\]([a-z0-9-]+\.v[1-9]\d*)\.json$/.exec(name);
    if (match !== null) types.set(tableName(`${match[1]}.${match[2]}`), `${match[1]}.${match[2]}`);
  }
  return types;
}

function fileNames(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' });
  } catch {
    return [];
  }
}

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEventTypeName } from '../../shared/event/event-type-name.ts';
import { isJsonObject, type JsonObject, parseJson } from '../../shared/event/json.ts';
import { expectedAt } from '../../shared/event-types/expected.ts';
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

/** `expectedAt` by the schemas of a folder, each read when it is first asked for. Undefined for a type that it has not. */
export function expectedIn(schemaFolder: string): (type: string, path: string, keyword: string) => string | undefined {
  const schemas = new Map<string, JsonObject | undefined>();
  return (type, path, keyword) => {
    if (!schemas.has(type)) schemas.set(type, readSchema(schemaFolder, type));
    const schema = schemas.get(type);
    return schema && expectedAt(schema, path, keyword);
  };
}

function readSchema(schemaFolder: string, type: string): JsonObject | undefined {
  if (parseEventTypeName(type) === undefined) return undefined;
  const [domain = '', ...event] = type.split('.');
  try {
    const schema = parseJson(readFileSync(join(schemaFolder, domain, `${event.join('.')}.json`), 'utf8'));
    return isJsonObject(schema) ? schema : undefined;
  } catch {
    return undefined;
  }
}

function fileNames(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' });
  } catch {
    return [];
  }
}

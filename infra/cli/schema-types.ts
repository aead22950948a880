import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEventTypeName } from '../../shared/event/event-type-name.ts';
import { asObject, isJsonObject, type JsonObject, parseJson } from '../../shared/event/json.ts';
import { defaultEventLimits } from '../../shared/event-types/check-event.ts';
import { expectedAt } from '../../shared/event-types/expected.ts';
import { expectedOfRule } from '../../shared/event-types/expected-rules.ts';
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

/**
 * `expectedAt` by the schemas of a folder, each read when it is first asked for, and `expectedOfRule` by the bounds of a
 * deployment whose settings are the default ones.
 */
export function expectedIn(schemaFolder: string): (type: string, path: string, keyword: string) => string | undefined {
  const schemas = new Map<string, JsonObject | undefined>();
  return (type, path, keyword) => {
    if (!schemas.has(type)) schemas.set(type, readSchema(schemaFolder, type));
    const schema = schemas.get(type);
    const ofSchema = schema && expectedAt(schema, path, keyword);
    return ofSchema ?? expectedOfRule({ path, keyword }, { limits: defaultEventLimits, edi: ediOf(schema) });
  };
}

function ediOf(schema: JsonObject | undefined) {
  const { sdks, retentionDays } = asObject(schema?.['edi']);
  return {
    ...(Array.isArray(sdks) ? { sdks: sdks.map(String) } : {}),
    ...(typeof retentionDays === 'number' ? { retentionDays } : {}),
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

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asObject, type JsonObject, type JsonValue, readJson } from '../event/json.ts';
import type { SchemaProblem } from '../event/schema-problem.ts';
import { type EventSchema, readEventSchema } from '../event-types/event-schema.ts';
import { tableName } from '../event-types/table.ts';
import { readSdkBindings } from '../sdks/sdk-bindings.ts';

export interface SchemaFileProblem extends SchemaProblem {
  /** Relative to the folder. */
  readonly file: string;
}

export interface SchemaFolder {
  readonly schemas: readonly EventSchema[];
  /** Content of `sdks.json`. */
  readonly sdks: JsonObject;
  /** What is wrong; files with a problem are not among `schemas`. */
  readonly problems: readonly SchemaFileProblem[];
}

const schemaFile = /^([a-z0-9-]+)\/([a-z0-9-]+)\.v(\d+)\.json$/;

export interface ReadFolderOptions {
  /** Whether each schema is compiled, to see that it can be. Default true; it takes most of the time. */
  readonly compile?: boolean;
}

/** Reads `<domain>/<event>.v<major>.json` and `sdks.json` below `folder`. Rejects when the folder cannot be read. */
export async function readSchemaFolder(
  folder: string,
  { compile: compiles = true }: ReadFolderOptions = {},
): Promise<SchemaFolder> {
  // Ajv is loaded by whom it serves: a command that only looks something up is done before that is.
  const compile = compiles ? (await import('../event-types/validator.ts')).compileValidator : undefined;
  const problems: SchemaFileProblem[] = [];
  const names = (await readdir(folder, { recursive: true })).map((name) => name.replaceAll('\\', '/')).sort();
  const sdks = await readJsonFile(folder, 'sdks.json', problems);
  const { bindings, problems: sdkProblems } = readSdkBindings(sdks ?? null);
  problems.push(...sdkProblems.map((problem) => ({ file: 'sdks.json', ...problem })));
  const schemas: EventSchema[] = [];
  const tables = new Map<string, string>();
  for (const file of names) {
    const match = schemaFile.exec(file);
    if (match === null) continue;
    const document = await readJsonFile(folder, file, problems);
    if (document === undefined) continue;
    const expectedType = `${match[1]}.${match[2]}.v${match[3]}`;
    const found = checkSchema(document, { expectedType, sdks: bindings, tables, compile });
    if ('problems' in found) problems.push(...found.problems.map((problem) => ({ file, ...problem })));
    else schemas.push(found);
  }
  return { schemas, sdks: asObject(sdks), problems };
}

interface FolderContext {
  readonly expectedType: string;
  readonly sdks: { has(name: string): boolean };
  /** Type by table name, of the files read so far. */
  readonly tables: Map<string, string>;
  /** Absent where nothing is to be compiled. */
  readonly compile: ((schema: JsonObject) => unknown) | undefined;
}

function checkSchema(document: JsonValue, context: FolderContext): EventSchema | { problems: SchemaProblem[] } {
  const result = readEventSchema(document);
  if (result.kind === 'bad') return { problems: [...result.problems] };
  const { eventSchema } = result;
  const { type } = eventSchema.edi;
  const problems: SchemaProblem[] = [];
  if (type !== context.expectedType) {
    const message = `the file's name says ${context.expectedType}; one of the two is wrong`;
    problems.push({ pointer: '/edi/type', message });
  }
  for (const sdk of eventSchema.edi.sdks) {
    if (!context.sdks.has(sdk)) problems.push({ pointer: '/edi/sdks', message: `"${sdk}" is not in sdks.json` });
  }
  const other = context.tables.get(tableName(type));
  if (other !== undefined)
    problems.push({ pointer: '/edi/type', message: `shares the table ${tableName(type)} with ${other}` });
  context.tables.set(tableName(type), type);
  try {
    context.compile?.(eventSchema.schema);
  } catch (error) {
    problems.push({ pointer: '', message: error instanceof Error ? error.message : 'the schema cannot be compiled' });
  }
  return problems.length > 0 ? { problems } : eventSchema;
}

async function readJsonFile(
  folder: string,
  file: string,
  problems: SchemaFileProblem[],
): Promise<JsonValue | undefined> {
  try {
    return readJson(await readFile(join(folder, file), 'utf8'));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    problems.push({ file, pointer: '', message: `cannot be read as JSON: ${message}` });
    return undefined;
  }
}

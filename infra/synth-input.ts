import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type FunctionName, functionNames } from '../functions/index.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJson, readJson } from '../shared/event/json.ts';
import type { EventSchema } from '../shared/event-types/event-schema.ts';
import { readMapping } from '../shared/legacy/mapping.ts';
import { type ColumnsLock, columnsLockFile, parseColumnsLock } from '../shared/schema-language/columns-lock.ts';
import { readSchemaFolder } from '../shared/schema-language/schema-folder.ts';

/** What the stacks are made from beside the environments: the schemas, and what `npm run build` has made. */
export interface SynthInput {
  readonly schemas: readonly EventSchema[];
  /** Content of `sdks.json`. */
  readonly sdks: JsonObject;
  /** Mappings of legacy files, `schemas/legacy/<name>.json`, by name. */
  readonly mappings: ReadonlyMap<string, JsonObject>;
  readonly lock: ColumnsLock;
  readonly archives: ReadonlyMap<FunctionName, { readonly path: string; readonly sha256: string }>;
}

/** Schemas or archives that nothing can be deployed from; the message says what to do. */
export class SynthInputError extends Error {
  override readonly name = 'SynthInputError';
}

export interface SynthInputOptions {
  readonly schemaFolder?: string;
  readonly bundleFolder?: string;
}

const projectFolder = resolve(import.meta.dirname, '..');

/** Reads `schemas/` and `dist/`. Rejects with `SynthInputError`. */
export async function readSynthInput(options: SynthInputOptions = {}): Promise<SynthInput> {
  const { schemaFolder = join(projectFolder, 'schemas'), bundleFolder = join(projectFolder, 'dist') } = options;
  const { schemas, sdks, problems } = await readSchemaFolder(schemaFolder);
  if (problems.length > 0) {
    const lines = problems.map(({ file, pointer, message }) => `  ${file}${pointer && ` at ${pointer}`}: ${message}`);
    throw new SynthInputError(`the schemas in ${schemaFolder} cannot be deployed:\n${lines.join('\n')}`);
  }
  const lock = readLock(join(schemaFolder, columnsLockFile));
  return {
    schemas,
    sdks,
    mappings: readMappings(join(schemaFolder, 'legacy')),
    lock,
    archives: new Map(functionNames.map((name) => [name, readArchive(bundleFolder, name)])),
  };
}

function readMappings(folder: string): ReadonlyMap<string, JsonObject> {
  const names = existsSync(folder) ? readdirSync(folder).filter((file) => /^[a-z][a-z0-9-]*\.json$/.test(file)) : [];
  return new Map(
    names.sort().map((file) => {
      const value = parseJson(readFileSync(join(folder, file), 'utf8'));
      const name = file.slice(0, -'.json'.length);
      const read = isJsonObject(value) ? readMapping(name, value) : undefined;
      if (!isJsonObject(value) || read?.kind !== 'mapping') {
        throw new SynthInputError(`${join(folder, file)} cannot be used: "edi legacy check" says why`);
      }
      return [name, value];
    }),
  );
}

function readLock(path: string): ColumnsLock {
  let content: JsonValue;
  try {
    content = readJson(readFileSync(path, 'utf8'));
  } catch {
    throw new SynthInputError(`${path} cannot be read as JSON; without it nobody knows what a table would lose`);
  }
  const result = parseColumnsLock(content);
  if (result.kind === 'lock') return result.lock;
  const lines = result.problems.map(({ pointer, message }) => `  at ${pointer}: ${message}`);
  throw new SynthInputError(`${path} is no lock of columns:\n${lines.join('\n')}`);
}

function readArchive(folder: string, name: FunctionName) {
  const path = join(folder, `${name}.zip`);
  try {
    return { path, sha256: createHash('sha256').update(readFileSync(path)).digest('hex') };
  } catch {
    throw new SynthInputError(`${path} cannot be read; run "npm run build" first`);
  }
}

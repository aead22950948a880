import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isJsonObject } from '../../../shared/event/json.ts';
import { type LegacyMapping, readMapping } from '../../../shared/legacy/mapping.ts';
import { CliError } from '../cli-error.ts';
import { openJsonFile } from '../schema/schema-files.ts';

/** Below the schema folder. */
export const legacyFolder = 'legacy';

/** An example of a mapping: `<name>.<case>.tsv`, and beside it what becomes of its records. */
interface MappingExample {
  readonly mapping: string;
  /** The file of records; what is expected of it is in the same name with `.events.json`. */
  readonly file: string;
}

export interface MappingFiles {
  /** Names of mappings: `<name>.json`. */
  readonly mappings: readonly string[];
  readonly examples: readonly MappingExample[];
  /** Files whose name says neither. */
  readonly others: readonly string[];
}

/** Suffix of what is expected of an example. */
const expectedSuffix = '.events.json';

export function expectedFile(example: string): string {
  return example.replace(/\.tsv$/, expectedSuffix);
}

/** Where a mapping of this name is, or will be. */
export function mappingFile(schemas: string, name: string): string {
  return join(schemas, legacyFolder, `${name}.json`);
}

/** Sorts the names in `<schemas>/legacy`; nothing where there is no such folder. */
export async function listMappingFiles(schemas: string): Promise<MappingFiles> {
  const names = await readdir(join(schemas, legacyFolder)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [] as string[];
    throw new CliError(`${join(schemas, legacyFolder)} cannot be read: ${error.code ?? error.message}`);
  });
  const mappings: string[] = [];
  const examples: MappingExample[] = [];
  const others: string[] = [];
  for (const file of [...names].sort()) {
    const mapping = /^([a-z][a-z0-9-]*)\.json$/.exec(file)?.[1];
    const example = /^([a-z][a-z0-9-]*)\.[^.]+\.(?:tsv|events\.json)$/.exec(file)?.[1];
    if (mapping !== undefined) mappings.push(mapping);
    else if (example === undefined) {
      if (!file.endsWith('.md')) others.push(file);
    } else if (file.endsWith('.tsv')) examples.push({ mapping: example, file });
    else if (!names.includes(file.replace(expectedSuffix, '.tsv'))) others.push(file);
  }
  return { mappings, examples, others };
}

interface OpenedMapping {
  readonly mapping: LegacyMapping;
  /** What its file says. */
  readonly text: string;
}

/** A mapping by its name, or by its file's. Throws `CliError` where there is none that can be used. */
export async function openMapping(schemas: string, name: string): Promise<OpenedMapping> {
  const path = mappingFile(schemas, basename(name, '.json'));
  const opened = await openJsonFile(path);
  const usable = 'try `edi legacy check` for what is wrong with it';
  if ('findings' in opened) throw new CliError(`${path}: ${opened.findings[0]?.message ?? 'cannot be read'}`);
  const { value, text } = opened.source;
  const read = isJsonObject(value) ? readMapping(basename(name, '.json'), value) : undefined;
  if (read?.kind === 'mapping') return { mapping: read.mapping, text };
  const problem = read?.problems[0];
  throw new CliError(`${path}${problem === undefined ? '' : `: ${problem.pointer} ${problem.message}`}; ${usable}`);
}

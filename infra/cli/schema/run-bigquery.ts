import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, relative, resolve, sep } from 'node:path';
import { isJsonObject, type JsonValue, readJson } from '../../../shared/event/json.ts';
import type { MappingNote } from '../../../shared/event-types/mapping/policies.ts';
import type { ReadDocumentOptions, ReadSchemaFile } from '../../../shared/schema-language/document/read-document.ts';
import { documentBounds, parseSchemaText } from '../../../shared/schema-language/document/schema-text.ts';
import {
  type MapDocumentOptions,
  type MappedDocument,
  mapDocument,
  type TableField,
} from '../../../shared/schema-language/map-document.ts';
import { CliError } from '../cli-error.ts';
import type { CommandIo } from '../command-io.ts';
import { filledLines } from '../text-lines.ts';
import { readFilesBelow } from './folder-reader.ts';

/** Flags of `edi schema bigquery`. */
export interface BigQueryFlags {
  readonly batch?: string;
  readonly base?: string;
  readonly table: boolean;
  readonly maps: 'json' | 'entries';
  readonly unions: 'json' | 'string';
  readonly names: 'snake' | 'keep';
  readonly json: boolean;
}

/** A schema and its frame. */
const maxLineLength = documentBounds.maxTextLength + 1_000;
/** Folders of references that are kept open: a batch names few. */
const maxReaders = 100;

/** Maps one schema. Exit code 0, or 1 when it is none. */
export async function runBigQuery(file: string, flags: BigQueryFlags, io: CommandIo): Promise<number> {
  const text = file === '-' ? await readAll(io) : await readText(file);
  const parsed = parseSchemaText(text);
  const mapped =
    parsed.kind === 'bad'
      ? unreadable(parsed.problems[0]?.message ?? 'this cannot be read')
      : mapDocument(parsed.value, { ...optionsOf(flags), document: await documentOptions(file, flags.base) });
  const { fields, notes, readable } = mapped;
  await io.out.write(flags.json ? `${JSON.stringify({ fields, notes }, null, 2)}\n` : describe(file, mapped));
  return readable ? 0 : 1;
}

/** Answers a file of schemas line by line, in its order. Every line that is not blank gets one answer. Exit code 0. */
export async function runBigQueryBatch(file: string, flags: BigQueryFlags, io: CommandIo): Promise<number> {
  const input = file === '-' ? io.stdin : createReadStream(file);
  const readers = new Map<string, ReadSchemaFile | undefined>();
  const readerOf = (base: string): ReadSchemaFile | undefined => {
    if (!readers.has(base)) {
      if (readers.size >= maxReaders) readers.clear();
      readers.set(base, openFolder(base));
    }
    return readers.get(base);
  };
  try {
    for await (const line of filledLines(input)) {
      const { id, fields, notes } = answerLine(line, flags, readerOf);
      await io.out.write(`${JSON.stringify({ id, fields, notes })}\n`);
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    throw new CliError(`${file} cannot be read: ${String(error.code)}`);
  }
  return 0;
}

function answerLine(
  line: string,
  flags: BigQueryFlags,
  readerOf: (base: string) => ReadSchemaFile | undefined,
): MappedDocument & { readonly id: JsonValue } {
  let value: JsonValue;
  try {
    value = line.length > maxLineLength ? null : readJson(line);
  } catch {
    value = null;
  }
  if (!isJsonObject(value))
    return { id: null, ...unreadable('the line is no JSON object {"id","schema"}, or too long') };
  const { id = null, schema, base = flags.base } = value;
  if (schema === undefined) return { id, ...unreadable('the line has no "schema"') };
  const readFile = typeof base === 'string' ? readerOf(base) : undefined;
  try {
    return { id, ...mapDocument(schema, { ...optionsOf(flags), ...(readFile ? { document: { readFile } } : {}) }) };
  } catch (error) {
    // Schemas so entangled that the stack does not hold them; the lines after this one are answered all the same.
    if (!(error instanceof RangeError)) throw error;
    return { id, ...unreadable('the schema is too entangled to be mapped') };
  }
}

function optionsOf({ maps, unions, names, table }: BigQueryFlags): MapDocumentOptions {
  return { policies: { maps, unions, names }, wholeTable: table };
}

function unreadable(message: string): MappedDocument {
  return { readable: false, fields: [], notes: [{ pointer: '', reason: 'not-a-schema', message }] };
}

function openFolder(base: string): ReadSchemaFile | undefined {
  try {
    return readFilesBelow(base);
  } catch {
    return undefined;
  }
}

/** References of a file are relative to it, and stay below its folder, or below the one that was given. */
async function documentOptions(file: string, base: string | undefined): Promise<ReadDocumentOptions> {
  if (file === '-') return base === undefined ? {} : { readFile: readFilesBelow(base) };
  const folder = resolve(base ?? dirname(file));
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory() !== true) throw new CliError(`${folder} is no folder`);
  const path = relative(folder, resolve(file));
  const inside = path !== '' && !path.startsWith('..');
  return { readFile: readFilesBelow(folder), ...(inside ? { file: path.split(sep).join('/') } : {}) };
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new CliError(`${file} cannot be read: ${code}`);
  }
}

async function readAll(io: CommandIo): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of io.stdin) parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString('utf8');
}

function describe(file: string, { fields, notes, readable }: MappedDocument): string {
  const name = file === '-' ? 'the schema' : basename(file);
  if (!readable) return `${notes.map((note) => noteLine(note)).join('\n')}\n`;
  const rows = rowsOf(fields, '');
  const width = Math.max(0, ...rows.map(([column]) => column.length));
  const columns = rows.map(([column, type]) => `  ${column.padEnd(width)}  ${type}`);
  const head = `${name}: ${rows.length} columns${rows.length === 0 ? '' : '\n'}`;
  const tail = notes.length === 0 ? '' : `\n\n${notes.map((note) => noteLine(note)).join('\n')}`;
  return `${head}${columns.join('\n')}${tail}\n`;
}

function rowsOf(fields: readonly TableField[], prefix: string): [column: string, type: string][] {
  return fields.flatMap(({ name, type, mode, fields: nested = [] }): [string, string][] => {
    const text = mode === 'NULLABLE' ? type : `${type} ${mode}`;
    return [[`${prefix}${name}`, text], ...rowsOf(nested, `${prefix}${name}.`)];
  });
}

function noteLine({ pointer, column, reason, message }: MappingNote): string {
  const where = pointer === '' ? '(root)' : pointer;
  return `${reason}: ${where}${column === undefined ? '' : ` (column ${column})`}\n  ${message}`;
}

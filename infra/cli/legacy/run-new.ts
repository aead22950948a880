import { createReadStream, existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { JsonObject } from '../../../shared/event/json.ts';
import { decompressed } from '../../../shared/legacy/decompress.ts';
import { foreignFile } from '../../../shared/legacy/foreign-file.ts';
import { mappingName, readMapping } from '../../../shared/legacy/mapping.ts';
import { readSchemaFolder } from '../../../shared/schema-language/schema-folder.ts';
import { CliError } from '../cli-error.ts';
import type { CommandIo } from '../command-io.ts';
import { jsonFileText } from '../schema/json-text.ts';
import { fileTexts } from './end-text.ts';
import { inferNulls, inferSpec, type SeenColumn } from './infer-columns.ts';
import { type InferredData, inferData } from './infer-data.ts';
import { mappingFile } from './mapping-files.ts';

export interface NewFlags {
  readonly schemas: string;
  readonly from: string;
  readonly type?: string;
  readonly owner?: string;
}

/** Of a file, so much is looked at. */
const maxLines = 1_000;
const maxBytes = 4_194_304;

/** Writes a first mapping out of what a file looks like, and says what is left for a person. Overwrites nothing. */
export async function runNew(name: string, flags: NewFlags, io: CommandIo): Promise<number> {
  if (!mappingName.test(name)) throw new CliError(`"${name}" is no name in kebab-case, such as music-tv`);
  const path = mappingFile(flags.schemas, name);
  if (existsSync(path)) throw new CliError(`${path} exists; edit it`);
  const { schemas } = await readSchemaFolder(flags.schemas);
  const schema = schemas.find(({ edi }) => edi.type === flags.type);
  if (flags.type !== undefined && schema === undefined) throw new CliError(`there is no schema of ${flags.type}`);
  const lines = await firstLines(flags.from);
  if (lines.length === 0) throw new CliError(`${flags.from} has no line`);
  const { document, notes } = inferMapping(lines, { flags, schema: schema?.schema });
  const read = readMapping(name, document);
  if (read.kind === 'bad') throw new Error(`an inferred mapping is unusable: ${read.problems[0]?.message}`);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, jsonFileText(document), { flag: 'wx' });
  await io.out.write([`wrote ${path}`, ...notes.map((note) => `decide: ${note}`), ''].join('\n'));
  return 0;
}

async function firstLines(file: string): Promise<readonly string[]> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const piece of decompressed(createReadStream(file))) {
      pieces.push(piece);
      length += piece.length;
      if (length >= maxBytes) break;
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error) throw new CliError(`${file} cannot be read: ${String(error.code)}`);
    throw error;
  }
  const bytes = Buffer.concat(pieces);
  const foreign = foreignFile(bytes);
  if (foreign !== undefined) throw new CliError(`${file}: ${fileTexts[foreign]}`);
  const lines = bytes
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .split(/\r?\n/);
  // The last may be cut.
  if (length >= maxBytes) lines.pop();
  return lines.filter((line) => line !== '').slice(0, maxLines);
}

interface Wanted {
  readonly flags: NewFlags;
  readonly schema: JsonObject | undefined;
}

function inferMapping(lines: readonly string[], wanted: Wanted): { document: JsonObject; notes: string[] } {
  const fields = lines.find((line) => /^#fields[\t: ]/i.test(line));
  const records = lines.filter((line) => fields === undefined || !line.startsWith('#'));
  const rows = records.map((line) => line.split('\t'));
  const [first = []] = rows;
  const described = fields?.replace(/^#fields[\t: ]+/i, '').split(/[\t ]+/);
  const hasHeader = described === undefined && looksLikeHeader(first, rows.slice(1));
  const names = described ?? (hasHeader ? first : first.map((_, at) => `column_${at + 1}`));
  const body = hasHeader ? rows.slice(1) : rows;
  const seen = names.map((name, at): SeenColumn => ({ name, cells: body.flatMap((row) => row[at] ?? []) }));
  const nulls = inferNulls(seen);
  const types = lines.some((line) => line.startsWith('#types'));
  const specs = types ? [] : seen.map((column) => [column.name, inferSpec(column, nulls)] as const);
  const declared = Object.fromEntries(specs.filter(([, spec]) => Object.keys(spec).length > 0));
  const inferred = inferData(wanted.schema, names);
  const time = types ? names[0] : specs.find(([, spec]) => spec['type'] === 'time')?.[0];
  const source = names.find((name) => /device|install|source|client|host|uid/i.test(name));
  const event: JsonObject = {
    type: wanted.flags.type ?? 'domain.event.v1',
    source: source ?? { $constant: 'legacy' },
    time: time ?? { $constant: '2000-01-01T00:00:00Z' },
    data: inferred.data,
  };
  const escapes = inferEscapes(lines, fields !== undefined);
  const named = described !== undefined || hasHeader;
  return {
    notes: leftToDecide({ named, time, source, type: wanted.flags.type, declared, inferred }),
    document: {
      $schema: '../meta/legacy-mapping.json',
      description: 'Say which clients write these files, and through what',
      owner: wanted.flags.owner ?? 'team',
      format: {
        columns: described !== undefined ? 'directives' : hasHeader ? 'header' : [...names],
        ...(escapes.length > 0 ? { escapes } : {}),
        ...(described !== undefined && types ? {} : { null: [...nulls] }),
      },
      columns: declared,
      events: [event],
    },
  };
}

interface Found {
  /** The file names its columns. */
  readonly named: boolean;
  readonly time: string | undefined;
  readonly source: string | undefined;
  readonly type: string | undefined;
  readonly declared: Readonly<Record<string, JsonObject>>;
  readonly inferred: InferredData;
}

/** What no file can say. */
function leftToDecide({ named, time, source, type, declared, inferred }: Found): string[] {
  return [
    ...(!named ? ['the file has no header: give the columns their names'] : []),
    ...(time === undefined
      ? ['no column looks like a time: say which is the time of the event, with type and format']
      : []),
    ...(source === undefined ? ['no column looks like an installation: say what the source is'] : []),
    ...Object.entries(declared).flatMap(([name, spec]) =>
      'zone' in spec ? [`${name}: its times tell no zone; UTC is a guess`] : [],
    ),
    ...(inferred.unused.length > 0 ? [`no property takes ${inferred.unused.join(', ')}`] : []),
    ...inferred.unfilled.map((pointer) => `${pointer} is required, and no column is called like it`),
    ...(type === undefined ? ['the event type'] : []),
    `the binding "legacy-…" in sdks.json, and in the sdks of the type`,
  ];
}

/** Names are words, each once, and none is a cell of its column. */
function looksLikeHeader(first: readonly string[], rows: readonly (readonly string[])[]): boolean {
  if (new Set(first).size !== first.length) return false;
  if (!first.every((cell) => /^[A-Za-z_][\w .()/-]*$/.test(cell))) return false;
  return rows.every((row) => row.every((cell, at) => cell !== first[at] || cell === ''));
}

function inferEscapes(lines: readonly string[], described: boolean): string[] {
  const text = lines.filter((line) => !line.startsWith('#')).join('\n');
  if (described && /\\x[0-9a-fA-F]{2}/.test(text)) return ['hex'];
  if (/\\[tnr\\]/.test(text)) return ['backslash'];
  return /(?:^|\t)"(?:[^"\t]|"")*"(?:\t|$)/m.test(text) ? ['quoted'] : [];
}

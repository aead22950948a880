import { readdir, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { Ajv, type ErrorObject } from 'ajv';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { isJsonObject, type JsonObject } from '../../../shared/event/json.ts';
import { parsePointer, resolvePointer } from '../../../shared/event/json-pointer.ts';
import { type ReadSchemaFile, readSchemaDocument } from '../../../shared/schema-language/document/read-document.ts';
import { documentBounds } from '../../../shared/schema-language/document/schema-text.ts';
import type { Finding } from '../../../shared/schema-language/lint/finding.ts';
import { lintSchema } from '../../../shared/schema-language/lint/lint.ts';
import { CliError } from '../cli-error.ts';
import type { CheckReport, FileFinding } from './check-report.ts';
import { readFilesBelow } from './folder-reader.ts';
import { located, openJsonFile } from './schema-files.ts';

interface ForeignFile {
  readonly path: string;
  /** The folder that was given, or the file's own; references stay inside. */
  readonly base: string;
}

/** Checks schemas that others wrote, in any draft from 04 to 2020-12. `$ref`s into other files stay below the folder. */
export async function checkForeign(given: readonly string[]): Promise<CheckReport> {
  const files = (await Promise.all(given.map(filesOf))).flat();
  const findings: FileFinding[] = [];
  const unknownDialects = new Map<string, number>();
  for (const file of files) {
    const opened = await openJsonFile(file.path, documentBounds.maxTextLength);
    if ('findings' in opened) {
      findings.push(...opened.findings);
      continue;
    }
    const { value, repeated } = opened.source;
    const own: Finding[] = repeated.map((pointer) => ({
      severity: 'warning',
      rule: 'key-repeated',
      pointer,
      message: 'this key stands here twice, and only the last one counts',
    }));
    if (isJsonObject(value)) {
      const dialect = dialectOf(value);
      if (dialect.unknown !== undefined) {
        unknownDialects.set(dialect.unknown, (unknownDialects.get(dialect.unknown) ?? 0) + 1);
      }
      own.push(...metaFindings(value, dialect), ...lintSchema(value, { foreign: true }));
      own.push(...referenceFindings(value, file));
    } else if (typeof value !== 'boolean') {
      own.push({ severity: 'error', rule: 'no-schema', pointer: '', message: 'a schema is an object, true or false' });
    }
    findings.push(...located(own, file.path, opened.source));
  }
  return {
    ok: findings.every(({ severity }) => severity !== 'error'),
    schemas: files.length,
    examples: 0,
    against: null,
    notices: [...unknownDialects].map(
      ([uri, count]) =>
        `"$schema": ${JSON.stringify(uri)} is no draft of JSON Schema and was ignored, in ${count} schemas`,
    ),
    findings,
    tables: [],
  };
}

/** A file, or every JSON file and every file named like a version (`1-0-0`) below a folder. */
async function filesOf(given: string): Promise<ForeignFile[]> {
  const found = await stat(given).catch((error: NodeJS.ErrnoException) => {
    throw new CliError(`${given} cannot be read: ${error.code ?? error.message}`);
  });
  if (!found.isDirectory()) return [{ path: given, base: dirname(given) }];
  const entries = await readdir(given, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && /(\.json|^\d+-\d+-\d+)$/.test(entry.name))
    .map((entry) => ({ path: join(entry.parentPath, entry.name), base: given }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

interface Dialect {
  readonly draft: string;
  /** A `$schema` that is no draft's. */
  readonly unknown?: string;
}

const drafts = /^https?:\/\/json-schema\.org\/(draft-0[3-7]|draft\/(2019-09|2020-12))\/schema#?$/;

function dialectOf({ $schema }: JsonObject): Dialect {
  if (typeof $schema !== 'string') return { draft: '' };
  const found = drafts.exec($schema)?.[1];
  return found === undefined ? { draft: 'draft-04', unknown: $schema } : { draft: found };
}

const metaSchemas: ReadonlyMap<string, () => Ajv> = new Map([
  ['draft/2019-09', () => new Ajv2019(metaOptions)],
  ['draft/2020-12', () => new Ajv2020(metaOptions)],
]);
const metaOptions = { strict: false, allErrors: true, logger: false, validateFormats: false } as const;
const made = new Map<string, Ajv>();

/** What the meta-schema of its draft says; draft 07's, whose rules they share but for flags beside a bound, of those before. */
function metaFindings(document: JsonObject, { draft }: Dialect): Finding[] {
  const ajv = made.get(draft) ?? (metaSchemas.get(draft) ?? (() => new Ajv(metaOptions)))();
  made.set(draft, ajv);
  const { $schema: _, $id: __, ...bare } = document;
  if (ajv.validateSchema(bare) === true) return [];
  const errors = (ajv.errors ?? []).filter((error) => !(draft === 'draft-04' && isDraft4Flag(error)));
  // The alternatives of a keyword fail one by one; the first says enough.
  const byPointer = new Map(errors.toReversed().map((error) => [error.instancePath, error] as const));
  return [...byPointer.values()].map(({ instancePath, message }) => ({
    severity: 'error',
    rule: 'meta-schema',
    pointer: instancePath,
    message: `this is no schema: it ${message}`,
  }));
}

function isDraft4Flag({ instancePath, keyword }: ErrorObject): boolean {
  return keyword === 'type' && /\/exclusiveM(ax|in)imum$/.test(instancePath);
}

/** References that lead to nothing, out of the folder, or to the network, which nobody asks; as whoever reads schemas says. */
function referenceFindings(root: JsonObject, { path, base }: ForeignFile): Finding[] {
  const file = relative(base, path).split(sep).join('/');
  const read = readSchemaDocument(root, { readFile: readerOf(base), file });
  if (read.kind === 'bad') {
    return read.problems.map((problem) => ({ severity: 'error', rule: 'no-schema', ...problem }));
  }
  return read.document.problems.flatMap(({ pointer, message }): Finding[] => {
    const origin = read.document.origin(pointer);
    if (origin.file !== undefined && origin.file !== file) return [];
    const at = parsePointer(origin.pointer);
    const reference = at === undefined ? undefined : resolvePointer(at, [root]);
    // What every validator knows.
    if (typeof reference !== 'string' || drafts.test(reference)) return [];
    return [{ severity: 'error', rule: 'reference-unresolved', pointer: origin.pointer, message }];
  });
}

const readers = new Map<string, ReadSchemaFile>();

function readerOf(base: string): ReadSchemaFile {
  const reader = readers.get(base) ?? readFilesBelow(base);
  readers.set(base, reader);
  return reader;
}

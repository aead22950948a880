import { isUtf8 } from 'node:buffer';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RuleName } from '../../../shared/schema-language/lint/finding.ts';
import { type JsonSource, readJsonSource } from '../../../shared/schema-language/lint/json-source.ts';
import { CliError } from '../cli-error.ts';
import type { FileFinding } from './check-report.ts';

/** A schema becomes one document of the registry, and Firestore's hold 1 MiB. */
const maxSchemaBytes = 1_000_000;

/** What the names in a schema folder say. Names are relative, with `/`. */
export interface SchemaFiles {
  /** `<domain>/<event>.v<major>.json`, by the type that the name says. */
  readonly schemas: ReadonlyMap<string, string>;
  readonly examples: readonly ExampleFile[];
  /** JSON files whose name says neither. */
  readonly others: readonly string[];
}

export interface ExampleFile {
  readonly file: string;
  /** The type of the schema that it stands beside. */
  readonly type: string;
  readonly verdict: 'pass' | 'fail';
}

const schemaName = /^([a-z0-9-]+)\/([a-z0-9-]+\.v[1-9]\d*)\.json$/;
const exampleName = /^([a-z0-9-]+)\/([a-z0-9-]+\.v[1-9]\d*)\.[^/]+\.(pass|fail)\.json$/;
/** Files of the folder that are no event types; `meta/` holds the schemas of schemas, `legacy/` mappings. */
const reserved = /^(sdks\.json|owners\.json|columns\.lock\.json|meta\/.*|legacy\/.*)$/;

/** Sorts the names of a folder. Throws `CliError` when it cannot be read. */
export async function listSchemaFiles(folder: string): Promise<SchemaFiles> {
  const names = await readdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new CliError(`${folder} cannot be read: ${error.code ?? error.message}`);
  });
  const schemas = new Map<string, string>();
  const examples: ExampleFile[] = [];
  const others: string[] = [];
  for (const file of names.map((name) => name.replaceAll('\\', '/')).sort()) {
    if (!file.endsWith('.json') || reserved.test(file)) continue;
    const [, domain, event] = schemaName.exec(file) ?? [];
    const [, exampleDomain, exampleEvent, verdict] = exampleName.exec(file) ?? [];
    if (event !== undefined) schemas.set(`${domain}.${event}`, file);
    else if (exampleEvent === undefined) others.push(file);
    else
      examples.push({ file, type: `${exampleDomain}.${exampleEvent}`, verdict: verdict === 'pass' ? 'pass' : 'fail' });
  }
  return { schemas, examples, others };
}

export type OpenedFile = { readonly source: JsonSource } | { readonly findings: readonly FileFinding[] };

/** Reads a JSON file; a finding says why it cannot be used. */
export async function openJsonFile(path: string, maxBytes = maxSchemaBytes): Promise<OpenedFile> {
  const bad = (rule: RuleName, message: string, place = { line: 1, column: 1 }): OpenedFile => ({
    findings: [{ severity: 'error', rule, file: path, pointer: '', ...place, message }],
  });
  try {
    const { size } = await stat(path);
    if (size > maxBytes) return bad('file-too-large', `${size} bytes; a file here has at most ${maxBytes}`);
    const bytes = await readFile(path);
    const line = firstLineOfAnother(bytes);
    if (line !== undefined) {
      return bad('not-json', 'this is not UTF-8 text, so it is no JSON: save the file as UTF-8', { line, column: 1 });
    }
    const text = bytes.toString('utf8');
    if (text.startsWith('\ufeff')) {
      return bad('not-json', 'the file begins with a byte order mark, which is no JSON: save it as UTF-8 without one');
    }
    const result = readJsonSource(text);
    return result.kind === 'json' ? { source: result.source } : bad('not-json', result.message, result.place);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    return bad('unreadable', `the file cannot be read (${String(error.code)})`);
  }
}

/** The first line that is in another encoding than UTF-8: decoded anyway, its letters would be others. */
function firstLineOfAnother(bytes: Buffer): number | undefined {
  if (isUtf8(bytes)) return undefined;
  for (let [line, start] = [1, 0]; ; line++) {
    const end = bytes.indexOf(0x0a, start);
    if (end === -1 || !isUtf8(bytes.subarray(start, end))) return line;
    start = end + 1;
  }
}

/** Puts findings of one file in the order of its text. */
export function located(
  findings: readonly Omit<FileFinding, 'file' | 'line' | 'column'>[],
  file: string,
  source: JsonSource,
): FileFinding[] {
  return findings
    .map((finding) => ({ ...finding, file, ...source.placeOf(finding.pointer) }))
    .sort((a, b) => a.line - b.line || a.column - b.column);
}

/** The path that a person would type. */
export function shownPath(folder: string, file: string): string {
  return join(folder, file);
}

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
    const result = readJsonSource(await readFile(path, 'utf8'));
    return result.kind === 'json' ? { source: result.source } : bad('not-json', result.message, result.place);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    return bad('unreadable', `the file cannot be read (${String(error.code)})`);
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

import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { Ajv, type ErrorObject } from 'ajv';
import { isJsonObject, type JsonObject } from '../../../shared/event/json.ts';
import { parsePointer, resolvePointer } from '../../../shared/event-types/json-pointer.ts';
import { schemaPlaces } from '../../../shared/event-types/schema-places.ts';
import type { Finding } from '../../../shared/schema-language/lint/finding.ts';
import { lintSchema } from '../../../shared/schema-language/lint/lint.ts';
import { CliError } from '../cli-error.ts';
import type { CheckReport, FileFinding } from './check-report.ts';
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
    const opened = await openJsonFile(file.path);
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
      own.push(...(await referenceFindings(value, file)));
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
  readonly draft4: boolean;
  /** A `$schema` that is no draft's. */
  readonly unknown?: string;
}

const drafts = /^https?:\/\/json-schema\.org\/(draft-0[3-7]|draft\/(2019-09|2020-12))\/schema#?$/;

function dialectOf({ $schema }: JsonObject): Dialect {
  if (typeof $schema !== 'string') return { draft4: false };
  if (!drafts.test($schema)) return { draft4: true, unknown: $schema };
  return { draft4: $schema.includes('draft-04') };
}

let draft7: Ajv | undefined;

/** What the meta-schema of draft 07 says, whose rules the others share but for draft 04's flags beside a bound. */
function metaFindings(document: JsonObject, { draft4 }: Dialect): Finding[] {
  draft7 ??= new Ajv({ strict: false, allErrors: true, logger: false });
  const { $schema: _, $id: __, ...bare } = document;
  if (draft7.validateSchema(bare) === true) return [];
  const errors = (draft7.errors ?? []).filter((error) => !(draft4 && isDraft4Flag(error)));
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

/** References that lead to nothing, out of the folder, or to the network, which nobody asks. */
async function referenceFindings(root: JsonObject, file: ForeignFile): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { node, pointer } of schemaPlaces(root)) {
    const { $ref } = node;
    if (typeof $ref !== 'string') continue;
    const message = await faultOf($ref, root, file);
    if (message !== undefined) {
      findings.push({ severity: 'error', rule: 'reference-unresolved', pointer: `${pointer}/$ref`, message });
    }
  }
  return findings;
}

async function faultOf(reference: string, root: JsonObject, { path, base }: ForeignFile): Promise<string | undefined> {
  const [name = '', fragment = ''] = reference.split('#', 2);
  if (/^[a-z][a-z0-9+.-]*:/i.test(name)) {
    return name === root['$id'] || drafts.test(name)
      ? undefined
      : 'this reference leads to the network, which is not asked';
  }
  if (name === '' || name === root['$id']) {
    const target = parsePointer(decodeFragment(fragment));
    if (target === undefined) return undefined;
    return resolvePointer(target, [root]) === undefined ? 'this reference leads to nothing' : undefined;
  }
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const target = resolve(folder, name);
    if (isBelow(base, target) && (await isFile(target))) return undefined;
    if (resolve(folder) === resolve(base) || folder === dirname(folder)) break;
  }
  return isBelow(base, resolve(dirname(path), name))
    ? `there is no ${basename(name)} there`
    : `this reference leads out of ${base}; give the folder that holds both`;
}

function decodeFragment(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}

function isBelow(base: string, path: string): boolean {
  return !relative(resolve(base), path).startsWith('..');
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() === true;
}

import { readFile, stat } from 'node:fs/promises';
import { dirname, relative, resolve, sep } from 'node:path';
import type { JsonValue } from '../../../shared/event/json.ts';
import type { SchemaProblem } from '../../../shared/event/schema-problem.ts';
import { readEventSchema } from '../../../shared/event-types/event-schema.ts';
import type { SchemaChange } from '../../../shared/schema-language/compat/changes.ts';
import {
  type Comparison,
  type CompatPolicies,
  compareSchemas,
} from '../../../shared/schema-language/compat/compare.ts';
import type { ReadDocumentOptions } from '../../../shared/schema-language/document/read-document.ts';
import { documentBounds } from '../../../shared/schema-language/document/schema-text.ts';
import { type JsonSource, readJsonSource } from '../../../shared/schema-language/lint/json-source.ts';
import { checkRevisionBesideEvents } from '../../../shared/schema-language/revision-change.ts';
import { CliError } from '../cli-error.ts';
import type { CommandIo } from '../command-io.ts';
import { printable } from '../printable.ts';
import { readFilesBelow } from './folder-reader.ts';
import { styleFor } from './report-text.ts';

interface Revisions {
  readonly old: string;
  readonly next: string;
}

interface Options extends CompatPolicies {
  readonly base?: string;
  readonly json: boolean;
}

/**
 * Compares two files. Answers with the exit code: 0 for compatible, 1 for breaking and undecided. Of two revisions of an event
 * type everything counts that `edi schema check` asks, its table first of all: what takes the same events may still not be one.
 */
export async function runCompat(files: Revisions, options: Options, io: CommandIo): Promise<number> {
  const [old, next] = [await openSchema(files.old), await openSchema(files.next)];
  const comparison = compareSchemas(old.value, next.value, {
    ...options,
    witness: true,
    old: referencesOf(files.old, options.base),
    next: referencesOf(files.next, options.base),
  });
  const { compatible, undecided, changes, witness } = comparison;
  const revision = revisionProblems(old.value, next.value);
  const answer = {
    compatible,
    undecided,
    changes,
    ...(witness === undefined ? {} : { witness }),
    ...(revision === undefined ? {} : { revision: revision.map((problem) => ({ ...problem })) }),
  };
  if (options.json) await io.out.write(`${JSON.stringify(answer, null, 2)}\n`);
  else {
    const colors = io.out.isTerminal && !process.env['NO_COLOR'];
    const shown = { files, old, next, colors };
    await io.out.write(`${comparisonText(comparison, shown)}${revisionText(revision, shown)}`);
  }
  return compatible && (revision ?? []).length === 0 ? 0 : 1;
}

/** Why the new one is no revision of the old one's event type, beside the events; undefined where they are no such pair. */
function revisionProblems(old: JsonValue, next: JsonValue): readonly SchemaProblem[] | undefined {
  const [before, after] = [readEventSchema(old), readEventSchema(next)];
  if (before.kind === 'bad' || after.kind === 'bad') return undefined;
  const { eventSchema } = after;
  if (before.eventSchema.edi.type !== eventSchema.edi.type) return undefined;
  return checkRevisionBesideEvents(before.eventSchema, eventSchema);
}

function revisionText(problems: readonly SchemaProblem[] | undefined, { files, next, colors }: Shown): string {
  if (problems === undefined || problems.length === 0) return '';
  const style = styleFor(colors);
  const lines = problems.map(({ pointer, message }) => {
    const { line, column } = next.placeOf(pointer);
    const where = style('bold', printable(`${files.next}:${line}:${column}`));
    const at = pointer === '' ? '' : `  at   ${printable(pointer)}\n`;
    return `${where}: ${style('red', 'breaking')}[revision]: ${printable(message)}\n${at}\n`;
  });
  return `\n${lines.join('')}${style('red', 'no revision of its event type')}: ${problems.length} problems beside the events\n`;
}

async function openSchema(path: string): Promise<JsonSource> {
  try {
    const { size } = await stat(path);
    if (size > documentBounds.maxTextLength) {
      throw new CliError(`${path} has ${size} bytes; a schema has ${documentBounds.maxTextLength} at most`);
    }
    const result = readJsonSource(await readFile(path, 'utf8'));
    if (result.kind === 'json') return result.source;
    throw new CliError(`${path}:${result.place.line}:${result.place.column}: ${result.message}`);
  } catch (error) {
    if (error instanceof CliError || !(error instanceof Error && 'code' in error)) throw error;
    throw new CliError(`${path} cannot be read: ${String(error.code)}`);
  }
}

function referencesOf(path: string, base = dirname(path)): ReadDocumentOptions {
  const file = relative(resolve(base), resolve(path)).split(sep).join('/');
  try {
    const readFile = readFilesBelow(base);
    return file.startsWith('../') ? { readFile } : { readFile, file };
  } catch {
    throw new CliError(`${base} is no folder that can be read`);
  }
}

interface Shown {
  readonly files: Revisions;
  readonly old: JsonSource;
  readonly next: JsonSource;
  readonly colors: boolean;
}

function comparisonText({ compatible, undecided, changes, witness }: Comparison, shown: Shown): string {
  const style = styleFor(shown.colors);
  const breaking = changes.filter((change) => change.breaking);
  const others = changes.filter((change) => !change.breaking);
  const lines = [...breaking, ...others].map((change) => changeText(change, shown));
  const verdict = compatible
    ? style('green', 'compatible')
    : style('red', undecided ? 'undecided, so not compatible' : 'not compatible');
  const example =
    witness === undefined
      ? ''
      : `for example, this is accepted by the old one only: ${printable(JSON.stringify(witness))}\n`;
  return `${lines.join('')}${example}${verdict}: ${breaking.length} breaking, ${others.length} other changes\n`;
}

function changeText(change: SchemaChange, { files, old, next, colors }: Shown): string {
  const style = styleFor(colors);
  const { pointer, rule, breaking, message } = change;
  const [outside, inside] = pointer.includes('#') && !pointer.startsWith('/') ? pointer.split('#') : [];
  const isOld = rule.endsWith('-removed');
  const { line, column } = (isOld ? old : next).placeOf(pointer);
  const own = isOld ? files.old : files.next;
  const where = outside === undefined ? `${own}:${line}:${column}` : outside;
  const label = breaking ? style('red', 'breaking') : style('cyan', 'change');
  const at = inside ?? pointer;
  return `${style('bold', printable(where))}: ${label}[${rule}]: ${printable(message)}\n${at === '' ? '' : `  at   ${printable(at)}\n`}\n`;
}

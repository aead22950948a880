import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseJson } from '../../../shared/event/json.ts';
import { compareLocks, type TableChange } from '../../../shared/schema-language/column-change.ts';
import {
  type ColumnsLock,
  columnsLockFile,
  formatColumnsLock,
  lockedTreatments,
  lockOf,
  parseColumnsLock,
} from '../../../shared/schema-language/columns-lock.ts';
import { readSchemaFolder } from '../../../shared/schema-language/schema-folder.ts';
import { changedTreatments, changeText, type TreatmentChange } from '../../../shared/schema-language/treatments.ts';
import { CliError } from '../cli-error.ts';
import type { CommandIo } from '../command-io.ts';
import { tableChangeLines } from './table-change-text.ts';

export interface LockRequest {
  readonly schemas: string;
  readonly check: boolean;
  readonly allowLoss: readonly string[];
  readonly json: boolean;
}

/**
 * Writes the lock of a schema folder, or with `check` says whether it is current. Refuses (exit code 1, nothing written)
 * a change that BigQuery could not make to the existing table, except of types that `allowLoss` names.
 */
export async function runLock(request: LockRequest, io: CommandIo): Promise<number> {
  const { schemas, problems } = await readSchemaFolder(request.schemas).catch((error: NodeJS.ErrnoException) => {
    throw new CliError(`${request.schemas} cannot be read: ${error.code ?? error.message}`);
  });
  const [problem] = problems;
  if (problem !== undefined) {
    const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
    throw new CliError(
      `${join(request.schemas, problem.file)}: ${problem.message}${more}. \`edi schema check\` shows all.`,
    );
  }
  const path = join(request.schemas, columnsLockFile);
  const text = await readText(path);
  const next = lockOf(schemas);
  const before = text === undefined ? new Map() : readLock(path, text);
  const changes = compareLocks(before, next);
  const treatments = treatmentChanges(before, next);
  const lossy = [...changes.filter(({ inPlace }) => !inPlace), ...treatments].map(({ type }) => type);
  const refused = [...new Set(lossy)].filter((type) => !request.allowLoss.includes(type));
  const nextText = formatColumnsLock(next);
  const current = text === nextText;
  const written = !request.check && refused.length === 0 && !current;
  if (written) {
    await writeFile(`${path}.new`, nextText);
    await rename(`${path}.new`, path);
  }
  const outcome = { path, current, written, changes, treatments, refused };
  await io.out.write(request.json ? `${JSON.stringify(outcome, null, 2)}\n` : report(outcome));
  return refused.length === 0 && (current || written) ? 0 : 1;
}

interface LockOutcome {
  readonly path: string;
  readonly current: boolean;
  readonly written: boolean;
  readonly changes: readonly TableChange[];
  readonly treatments: readonly LockedTreatmentChange[];
  readonly refused: readonly string[];
}

interface LockedTreatmentChange extends TreatmentChange {
  readonly type: string;
}

/** Treatments that changed of columns that stay: what the table holds already would lie beside something else. */
function treatmentChanges(before: ColumnsLock, next: ColumnsLock): LockedTreatmentChange[] {
  return [...next].flatMap(([type, table]) => {
    const locked = before.get(type);
    if (locked === undefined) return [];
    return changedTreatments(lockedTreatments(locked), lockedTreatments(table)).map((change) => ({ type, ...change }));
  });
}

function report({ path, current, written, changes, treatments, refused }: LockOutcome): string {
  const lines = changes.flatMap(tableChangeLines);
  for (const change of treatments) lines.push(`${change.type}: data.${change.column}: ${changeText(change)}`);
  if (refused.length > 0) {
    lines.push(
      `${path} was not written: ${refused.join(', ')} would lose stored data, or change what it means.`,
      'Keep columns and treatments, or make a new major version. Where no table of it exists yet: --allow-loss <type>.',
    );
  } else if (written) lines.push(`${path} written.`);
  else if (current) lines.push(`${path} is current.`);
  else lines.push(`${path} is not current: run \`npm run -s edi -- schema lock\` and commit it.`);
  return `${lines.join('\n')}\n`;
}

/** Undefined when there is no such file. */
async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function readLock(path: string, text: string): ColumnsLock {
  const value = parseJson(text);
  if (value === undefined) throw new CliError(`${path} is not JSON; take the last released one from git`);
  const result = parseColumnsLock(value);
  if (result.kind === 'lock') return result.lock;
  const [problem] = result.problems;
  throw new CliError(`${path} at ${problem?.pointer}: ${problem?.message}; take the last released one from git`);
}

import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, realpath, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isJsonObject, parseJson } from '../../../shared/event/json.ts';
import { CliError } from '../cli-error.ts';

/** How far the import of a file came. */
export interface Progress {
  /** The file's, which the numbers of its lines are true for. */
  readonly bytes: number;
  readonly modifiedMillis: number;
  /** Of events made of data: one import is one installation. */
  readonly source: string;
  readonly startedMillis: number;
  /** Lines that are in the queue, or were. */
  readonly lines: number;
}

export interface KeptProgress {
  /** Of this import alone; gone when it is done. */
  readonly folder: string;
  readonly progress: Progress;
  keep(lines: number): Promise<void>;
}

/** What an earlier run left for this file, or a beginning. Rejects with `CliError` where the file has changed since. */
export async function openProgress(
  { file, state, nowMillis }: { readonly file: string; readonly state: string; readonly nowMillis: number },
  settings: string,
): Promise<KeptProgress> {
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    throw new CliError(`${file} cannot be read: ${error.code ?? error.message}`);
  });
  // Of a pipe the next run could not read again what this one has.
  if (!found.isFile()) throw new CliError(`${file} is no file; write what a pipe gives into one`);
  const { size: bytes, mtimeMs: modifiedMillis } = found;
  const path = await realpath(file);
  const name = createHash('sha256').update(`${path}\n${settings}`).digest('hex').slice(0, 24);
  const folder = join(state, name);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const beginning = { bytes, modifiedMillis, source: `urn:uuid:${randomUUID()}`, startedMillis: nowMillis, lines: 0 };
  const progress = (await readProgress(folder)) ?? beginning;
  if (progress.bytes !== bytes || progress.modifiedMillis !== modifiedMillis) {
    throw new CliError(`${file} has changed since its import began; delete ${folder} to begin anew`);
  }
  const keep = async (lines: number) => {
    const next = join(folder, 'progress.next');
    await writeFile(next, JSON.stringify({ ...progress, lines }), { mode: 0o600, flush: true });
    await rename(next, join(folder, 'progress.json'));
  };
  // Ids are made of the source: it has to be known before the first of them.
  if (progress === beginning) await keep(0);
  return { folder, progress, keep };
}

/** Undefined where nothing began. Rejects with `CliError` where what began is not known: lines would become other events. */
async function readProgress(folder: string): Promise<Progress | undefined> {
  const text = await readFile(join(folder, 'progress.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const value = parseJson(text);
  const { bytes, modifiedMillis, source, startedMillis, lines } = isJsonObject(value) ? value : {};
  const numbers = { bytes, modifiedMillis, startedMillis, lines };
  if (typeof source !== 'string' || Object.values(numbers).some((one) => typeof one !== 'number')) {
    const problem = `${join(folder, 'progress.json')} is damaged: how far the import came is not known`;
    throw new CliError(`${problem}; delete ${folder} to begin anew, which makes other events of lines of data`);
  }
  return {
    bytes: Number(bytes),
    modifiedMillis: Number(modifiedMillis),
    source,
    startedMillis: Number(startedMillis),
    lines: Number(lines),
  };
}

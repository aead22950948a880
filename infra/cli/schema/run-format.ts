import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CliError } from '../cli-error.ts';
import type { CommandIo } from '../command-io.ts';
import { openJsonFile } from './schema-files.ts';

export interface FormatRequest {
  /** All JSON files of the folder when empty. */
  readonly files: readonly string[];
  readonly schemas: string;
  readonly check: boolean;
}

const projectFolder = resolve(import.meta.dirname, '..', '..', '..');
const formatter = join(projectFolder, 'node_modules', '.bin', 'biome');
const maxOutputBytes = 64 * 1_048_576;

/** Formats files as the linter of this repository does, wherever they are. Answers the exit code. */
export async function runFormat({ files, schemas, check }: FormatRequest, io: CommandIo): Promise<number> {
  const chosen = files.length > 0 ? files : await jsonFiles(schemas);
  const texts = await Promise.all(chosen.map(textOf));
  const formatted = await format(texts);
  let changed = 0;
  for (const [at, file] of chosen.entries()) {
    const text = formatted[at];
    if (text === undefined || text === texts[at]) continue;
    changed += 1;
    if (!check) await writeFile(file, text);
    await io.out.write(`${check ? 'not formatted' : 'formatted'} ${file}\n`);
  }
  await io.out.write(`${chosen.length} files, ${changed} ${check ? 'not as they should be' : 'changed'}\n`);
  return check && changed > 0 ? 1 : 0;
}

async function textOf(file: string): Promise<string> {
  const opened = await openJsonFile(file);
  if (!('findings' in opened)) return readFile(file, 'utf8');
  const [{ line, column, message } = { line: 1, column: 1, message: 'it cannot be read' }] = opened.findings;
  throw new CliError(`${file}:${line}:${column}: ${message}`);
}

async function jsonFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new CliError(`${folder} cannot be read: ${error.code ?? error.message}`);
  });
  return names
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => join(folder, name));
}

/** All at once, as copies in a folder of their own, so that it does not matter where the files are. */
async function format(texts: readonly string[]): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'edi-format-'));
  try {
    await copyFile(join(projectFolder, '.biome.json'), join(folder, '.biome.json'));
    const copies = texts.map((_, at) => join(folder, `${at}.json`));
    await Promise.all(copies.map((copy, at) => writeFile(copy, texts[at] ?? '')));
    await runFormatter(folder);
    return await Promise.all(copies.map((copy) => readFile(copy, 'utf8')));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function runFormatter(cwd: string): Promise<void> {
  return new Promise((settle, fail) => {
    execFile(formatter, ['format', '--write', '.'], { cwd, maxBuffer: maxOutputBytes }, (error) => {
      if (error === null) settle();
      else fail(new CliError(`the formatter does not run (${error.code ?? error.message}): \`npm ci\` brings it`));
    });
  });
}

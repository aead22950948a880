import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { runCli } from '../../../../infra/cli/program.ts';
import { isJsonObject, type JsonObject } from '../../../../shared/event/json.ts';
import { schemaDocument, type TestSchema, testSdks } from '../../../helpers/schemas.ts';
import { makeCollectingIo } from '../collecting-io.ts';

/** A schema folder of its own, in a git repository of its own. */
export interface TestFolder {
  readonly path: string;
  readonly write: (files: Readonly<Record<string, object | string>>) => void;
  readonly remove: (file: string) => void;
  readonly read: (file: string) => JsonObject;
  readonly text: (file: string) => string;
  /** Commits everything on `main`. */
  readonly commit: () => void;
  /** Runs `edi schema …` on the folder. */
  readonly edi: (...args: string[]) => Promise<{ exitCode: number; out: string; err: string }>;
}

const root = new URL('../../../../', import.meta.url);

/** With bindings and one type, `shop.order.v1`, that passes every check; its lock is written. */
export async function goodFolder(schema: TestSchema = goodSchema): Promise<TestFolder> {
  const folder = emptyFolder();
  folder.write({ 'sdks.json': testSdks, ...orderFiles(schema) });
  await folder.edi('lock');
  folder.commit();
  return folder;
}

export const goodSchema: TestSchema = {
  properties: { total: { description: 'Sum of the order', type: 'integer' } },
  required: ['total'],
};

/** Schema and examples of `shop.order.v1`. */
export function orderFiles(schema: TestSchema): Record<string, object> {
  return {
    'shop/order.v1.json': schemaDocument(schema),
    'shop/order.v1.small.pass.json': { total: 1 },
    'shop/order.v1.total-is-text.fail.json': { total: 'x' },
  };
}

export function emptyFolder(): TestFolder {
  const repository = mkdtempSync(join(tmpdir(), 'edi-schema-cli-'));
  onTestFinished(() => rmSync(repository, { recursive: true, force: true }));
  const path = join(repository, 'schemas');
  mkdirSync(path);
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', repository, '-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
      stdio: 'pipe',
    });
  git('init', '--quiet', '--initial-branch=main');
  return {
    path,
    write(files) {
      for (const [name, content] of Object.entries(files)) {
        mkdirSync(dirname(join(path, name)), { recursive: true });
        writeFileSync(
          join(path, name),
          typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`,
        );
      }
    },
    remove: (file) => rmSync(join(path, file)),
    text: (file) => readFileSync(join(path, file), 'utf8'),
    read(file) {
      const value: unknown = JSON.parse(readFileSync(join(path, file), 'utf8'));
      if (!isJsonObject(value)) throw new TypeError(file);
      return value;
    },
    commit() {
      git('add', '--all');
      git('commit', '--quiet', '--allow-empty', '--message=test');
    },
    edi: (command, ...args) => edi([command ?? '', '--schemas', path, ...args]),
  };
}

/** The schemas of this repository, in a folder that may be changed. */
export function ownFolder(): TestFolder {
  const folder = emptyFolder();
  cpSync(new URL('schemas/', root), folder.path, { recursive: true });
  return folder;
}

/** Runs `edi schema …`. */
export async function edi(args: readonly string[], options: { stdin?: string; terminal?: boolean } = {}) {
  const io = makeCollectingIo(options.stdin);
  const out = { write: io.out.write, isTerminal: options.terminal === true, columns: undefined };
  const exitCode = await runCli(['schema', ...args], { ...io, out });
  return { exitCode, out: io.outText(), err: io.errText() };
}

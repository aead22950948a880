import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { runCli } from '../../../infra/cli/program.ts';
import { announceRunning } from '../../../infra/local/running.ts';
import { openWarehouse } from '../../../shared/adapters/embedded/duckdb/tables.ts';
import { storagePath } from '../../../shared/adapters/embedded/storage-paths.ts';
import { projectFolder } from '../../helpers/local-process.ts';
import { makeCollectingIo } from './collecting-io.ts';

let folder: string;
let runtime: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'edi-cli-test-'));
  runtime = join(folder, 'runtime');
  mkdirSync(runtime, { mode: 0o700 });
  // Where running deployments are announced: none here, whatever else runs on the machine.
  vi.stubEnv('XDG_RUNTIME_DIR', runtime);
  vi.stubEnv('EDI_URL', undefined);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

async function edi(args: readonly string[], stdin = '') {
  const io = makeCollectingIo(stdin);
  const exitCode = await runCli(args, io);
  return { exitCode, out: io.outText(), err: io.errText() };
}

describe('usage', () => {
  test('--help names the commands and is no error', async () => {
    const { exitCode, out, err } = await edi(['--help']);
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^ {2}demo .*^ {2}query .*^ {2}tail /ms);
    expect(err).toBe('');
  });

  test.each([
    [[]],
    [['tial']],
    [['query']],
    [['query', 'SELECT 1', 'SELECT 2']],
    [['query', 'SELECT 1', '--format', 'xml']],
    [['query', 'SELECT 1', '--url', 'localhost']],
    [['query', 'SELECT 1', '--url', 'file:///etc/passwd']],
    [['tail', '--type', 'not a type']],
    [['demo', '--nonsense']],
  ])('%j is wrong usage: told on stderr, exit code 2', async (args) => {
    const { exitCode, out, err } = await edi(args);
    expect(exitCode).toBe(2);
    expect(out).toBe('');
    expect(err).not.toBe('');
  });

  test('what the operating system refuses is a line, without a stack', async () => {
    const state = join(folder, 'a file');
    const events = join(folder, 'events.jsonl');
    for (const path of [state, events]) writeFileSync(path, '');
    const { exitCode, err } = await edi(['send', events, '--state', state, '--url', 'http://127.0.0.1:1']);
    expect(exitCode).toBe(1);
    expect(err).toMatch(/^edi: ENOTDIR: .*\n$/);
  });

  test('a URL in the environment is checked as a flag is', async () => {
    vi.stubEnv('EDI_URL', 'nonsense');
    expect((await edi(['tail'])).exitCode).toBe(2);
  });
});

describe('where nothing runs', () => {
  test('tail says so, without a stack trace', async () => {
    const { exitCode, err } = await edi(['tail', '--url', 'http://127.0.0.1:9']);
    expect(exitCode).toBe(1);
    expect(err).toMatch(/^edi: no deployment .* http:\/\/127\.0\.0\.1:9\. .*npm start.*\n$/);
  });

  test('a query to a given URL does not turn to another folder', async () => {
    const { exitCode, err } = await edi(['query', 'SELECT 1', '--url', 'http://127.0.0.1:9']);
    expect(exitCode).toBe(1);
    expect(err).toContain('http://127.0.0.1:9');
  });

  test('a data folder without tables is named', async () => {
    const { exitCode, out, err } = await edi(['query', 'SELECT 1', '--data', folder]);
    expect(exitCode).toBe(1);
    expect(out).toBe('');
    expect(err).toContain(folder);
  });
});

describe('a deployment that is not named', () => {
  /** Announced by a process that lives; nobody listens there, so a command fails after it has said whom it asks. */
  const announce = (port: number, dataFolder = join(folder, String(port))) =>
    announceRunning({
      url: `http://127.0.0.1:${port}`,
      operatorUrl: 'http://127.0.0.1:9',
      token: 't',
      dataFolder,
      processId: process.pid,
    });

  test.each([['tail'], ['quarantine', 'list'], ['query', 'SELECT 1'], ['schema', 'status'], ['keys', 'list']])(
    'is the only one that runs, whatever the command: %s',
    async (...args) => {
      announce(9_001);
      const { err } = await edi(args);
      expect(err).toContain('edi: with the deployment at http://127.0.0.1:9001, the only one that runs (--url');
    },
  );

  test('is the one where npm start listens before any other, and nothing is said of it', async () => {
    announce(8_080);
    announce(9_001);
    expect((await edi(['tail'])).err).toBe('edi: the deployment at http://127.0.0.1:8080 has stopped\n');
  });

  test('is the one of the usual data folder before another', async () => {
    announce(9_001);
    announce(9_002, join(projectFolder, '.edi'));
    expect((await edi(['tail'])).err).toContain('http://127.0.0.1:9002, whose data is in ');
  });

  test('is none where several run: they are listed, and the demo starts no other', async () => {
    announce(9_001);
    announce(9_002);
    for (const command of ['tail', 'demo']) {
      const { exitCode, err } = await edi([command]);
      expect(exitCode).toBe(1);
      expect(err).toMatch(
        /^edi: no deployment .* at http:\/\/127\.0\.0\.1:8080\. Running are .*9001 and .*9002: choose/,
      );
    }
  });

  test('is not looked for where one is named, or an environment', async () => {
    announce(9_001);
    expect((await edi(['tail', '--url', 'http://127.0.0.1:9'])).err).not.toContain('with the deployment');
    vi.stubEnv('EDI_URL', 'http://127.0.0.1:9');
    expect((await edi(['tail'])).err).not.toContain('with the deployment');
    vi.stubEnv('EDI_URL', undefined);
    expect((await edi(['query', 'SELECT 1', '--data', folder])).err).not.toContain('with the deployment');
  });
});

describe("query of a stopped deployment's data", () => {
  beforeEach(async () => {
    await (await openWarehouse({ path: storagePath(folder, 'warehouse') })).close();
  });

  test('json is one array of objects and nothing else', async () => {
    const sql = "SELECT 1 AS n, 'a\"b' AS text UNION ALL SELECT 2, NULL ORDER BY n";
    const { exitCode, out, err } = await edi(['query', sql, '--data', folder, '--format', 'json']);
    expect(exitCode).toBe(0);
    expect(err).toBe('');
    expect(JSON.parse(out)).toEqual([
      { n: 1, text: 'a"b' },
      { n: 2, text: null },
    ]);
  });

  test('csv', async () => {
    const { out } = await edi(['query', "SELECT 1 AS n, 'a,b' AS text", '--data', folder, '--format', 'csv']);
    expect(out).toBe('n,text\r\n1,"a,b"\r\n');
  });

  test('- reads the statement from standard input', async () => {
    const { exitCode, out } = await edi(['query', '-', '--data', folder], 'SELECT 40 + 2 AS answer');
    expect(exitCode).toBe(0);
    expect(out).toContain('42');
  });

  test('a refused statement: the reason on stderr, exit code 1', async () => {
    const { exitCode, out, err } = await edi(['query', 'CREATE TABLE t (a INT)', '--data', folder]);
    expect(exitCode).toBe(1);
    expect(out).toBe('');
    expect(err).toMatch(/^edi: only SELECT/);
  });

  test('a cut answer is said to be cut, on stderr', async () => {
    const sql = 'SELECT range FROM range(100001)';
    const { exitCode, out, err } = await edi(['query', sql, '--data', folder, '--format', 'csv']);
    expect(exitCode).toBe(0);
    expect(out.split('\r\n')).toHaveLength(100_002);
    expect(err).toContain('cut after 100000 rows');
  });
});

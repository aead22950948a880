import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { runExport } from '../../../../infra/cli/legacy/run-export.ts';
import { announceRunning } from '../../../../infra/local/running.ts';
import { isJsonObject, type JsonObject, parseJson } from '../../../../shared/event/json.ts';
import { readBody } from '../../../../shared/http/body.ts';
import { answerJson } from '../../../../shared/http/http.ts';
import { mapping } from '../../../helpers/export-world.ts';
import { type HandlerServer, serveHandler } from '../../../helpers/handler-server.ts';
import { type CollectingIo, makeCollectingIo } from '../collecting-io.ts';

let folder: string;
let server: HandlerServer | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'edi-legacy-export-'));
  mkdirSync(join(folder, 'legacy'));
  writeFileSync(join(folder, 'legacy/tv.json'), JSON.stringify(mapping));
  for (const name of ['one.tsv', 'two.tsv']) writeFileSync(join(folder, name), 'a');
  const runtime = join(folder, 'runtime');
  mkdirSync(runtime, { mode: 0o700 });
  vi.stubEnv('XDG_RUNTIME_DIR', runtime);
});

afterEach(() => {
  server?.close();
  server = undefined;
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

const counts = { records: 7, accepted: 4, skipped: 1, reasons: { 'legacy-value': 1, schema: 1 } };

/** A deployment that says so of each file, one state after the other, and remembers what it was given. */
async function deploymentThatSays(...states: readonly (JsonObject | null)[]) {
  const uploads: JsonObject[] = [];
  const told = [...states];
  server = await serveHandler(async (request, response) => {
    if (request.headers.authorization !== 'Bearer secret') return answerJson(response, 401, {});
    if (request.method === 'GET') return answerJson(response, 200, { state: told.shift() ?? null });
    const body = await readBody(request, 1_000_000);
    const upload = body.kind === 'body' ? parseJson(body.bytes.toString()) : undefined;
    if (isJsonObject(upload)) uploads.push(upload);
    answerJson(response, 200, { key: 'f'.repeat(64), sizeBytes: 100 });
  });
  const url = server.url.slice(0, -1);
  announceRunning({ url, operatorUrl: url, token: 'secret', dataFolder: folder, processId: process.pid });
  return { url, uploads };
}

function run(url: string, files: readonly string[], { json = false, io = makeCollectingIo() } = {}) {
  const paths = files.map((name) => join(folder, name));
  return { io, exit: runExport('tv', paths, { schemas: folder, url, json }, io) };
}

test('gives each file with its mapping to the deployment, and tells what became of it', async () => {
  const { url, uploads } = await deploymentThatSays({ state: 'done', counts }, { state: 'done', counts });
  const { io, exit } = run(url, ['one.tsv', 'two.tsv']);
  expect(await exit).toBe(0);
  expect(uploads).toEqual(
    ['one.tsv', 'two.tsv'].map((name) => ({ name: 'tv', mapping: JSON.stringify(mapping), path: join(folder, name) })),
  );
  const told = '7 records: 4 accepted, 1 left out, 1 legacy-value, 1 schema\n';
  expect(io.outText()).toBe(['one.tsv', 'two.tsv'].map((name) => `${join(folder, name)}: ${told}`).join(''));
  expect(io.errText()).toBe('');
});

test('--json prints the state of each file on a line', async () => {
  const { url } = await deploymentThatSays({ state: 'done', counts });
  const { io, exit } = run(url, ['one.tsv'], { json: true });
  await exit;
  expect(JSON.parse(io.outText())).toEqual({ file: join(folder, 'one.tsv'), state: 'done', counts });
});

test('a file that could not be read to its end fails the command, after all files', async () => {
  const { url, uploads } = await deploymentThatSays(
    { state: 'refused', reason: 'broken', counts },
    { state: 'refused', reason: 'archive', counts },
    { state: 'done', counts },
  );
  const { io, exit } = run(url, ['one.tsv', 'two.tsv', 'one.tsv']);
  expect(await exit).toBe(1);
  expect(uploads).toHaveLength(3);
  expect(io.outText()).toContain('could not be read to its end (broken)');
  expect(io.outText()).toContain('could not be read to its end (archive): the file is an archive');
});

test('a file with too many bad records fails it with the first of them and what to do', async () => {
  const firstBad = [
    { reason: 'legacy-columns', path: '', line: 2, offset: 16 },
    { reason: 'legacy-value', path: '/amount', line: 5, offset: 90 },
  ];
  const { url } = await deploymentThatSays({ state: 'paused', counts, firstBad });
  const { io, exit } = run(url, ['one.tsv']);
  expect(await exit).toBe(1);
  expect(io.outText()).toContain(
    'too many records are bad, and the rest of the file waits. The first of them:\n' +
      '  line 2, byte 16: legacy-columns\n  line 5, byte 90: legacy-value /amount\nMend the mapping',
  );
});

test('shows on a terminal how far a file is, until its end', async () => {
  const plain = { compressed: false, startedAtMillis: 0, savedAtMillis: 2_000 };
  const half = { ...plain, state: 'running', counts: { records: 3 }, checkpoint: { toldTo: 50 } };
  const { url } = await deploymentThatSays(null, half, { ...plain, state: 'done', counts });
  const collecting = makeCollectingIo();
  const io: CollectingIo = { ...collecting, err: { ...collecting.err, isTerminal: true } };
  expect(await run(url, ['one.tsv'], { io }).exit).toBe(0);
  const bars = collecting.errText().split('\r').slice(1);
  expect(bars.map((bar) => [/=/g[Symbol.match](bar)?.length ?? 0, /\d+ records, \d+\/s/.exec(bar)?.[0]])).toEqual([
    [0, '0 records, 0/s'],
    [15, '3 records, 2/s'],
    [30, '7 records, 4/s'],
  ]);
  expect(bars.map((bar) => / left$/.test(bar))).toEqual([false, true, false]);
  expect(bars[1]).toMatch(/2\/s, 2 s left$/);
  expect(bars.at(-1)).toMatch(/\n$/);
});

test('Ctrl-C ends the watching, not the export', async () => {
  const { url } = await deploymentThatSays({ state: 'running' });
  const io = { ...makeCollectingIo(), interrupted: () => AbortSignal.abort() };
  await expect(run(url, ['one.tsv'], { io }).exit).rejects.toThrow('is exported further by the deployment');
});

test('nothing is uploaded where a file or the mapping cannot be read, or nothing runs', async () => {
  const { url, uploads } = await deploymentThatSays();
  await expect(run(url, ['one.tsv', 'none.tsv']).exit).rejects.toThrow('none.tsv is no file that can be read');
  const flags = { schemas: folder, url, json: false };
  await expect(runExport('radio', [join(folder, 'one.tsv')], flags, makeCollectingIo())).rejects.toThrow('radio.json');
  await expect(run('http://127.0.0.1:1', ['one.tsv']).exit).rejects.toThrow('no deployment');
  expect(uploads).toEqual([]);
});

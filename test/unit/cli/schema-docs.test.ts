import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { runCli } from '../../../infra/cli/program.ts';
import { snippetsOf } from '../../helpers/catalog.ts';
import { schemaDocument, testSdks } from '../../helpers/schemas.ts';
import { makeCollectingIo } from './collecting-io.ts';

let folder: string;
let out: string;
let schemas: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'edi-docs-test-'));
  [out, schemas] = [join(folder, 'site'), join(folder, 'schemas')];
  mkdirSync(join(schemas, 'shop'), { recursive: true });
  writeJson('sdks.json', testSdks);
  writeJson('shop/order.v1.json', schemaDocument({ type: 'shop.order.v1' }));
  writeJson('shop/order.v1.empty.pass.json', {});
  // A folder below a checkout is part of it, which the temporary folder is not.
  vi.stubEnv('GIT_CEILING_DIRECTORIES', folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

function writeJson(path: string, value: object): void {
  writeFileSync(join(schemas, path), JSON.stringify(value));
}

async function docs(...flags: string[]) {
  const io = makeCollectingIo();
  const exitCode = await runCli(['schema', 'docs', '--out', out, '--schemas', schemas, ...flags], io);
  return { exitCode, out: io.outText(), err: io.errText() };
}

test('writes the site and says where it is; without a checkout it says that there is no history', async () => {
  expect(await docs()).toEqual({
    exitCode: 0,
    out: `1 event types: open ${join(out, 'index.html')}\n`,
    err: 'edi: the pages have no history: the schemas are not in a git checkout\n',
  });
  expect(readdirSync(out, { recursive: true }).sort()).toEqual([
    'assets',
    'assets/catalog.css',
    'assets/catalog.js',
    'assets/icon.svg',
    'assets/list.js',
    'assets/pages.css',
    'assets/search-index.js',
    'assets/type.js',
    'index.html',
    'sdks.html',
    'subjects.html',
    'types',
    'types/shop.order.v1.html',
  ]);
  const page = readFileSync(join(out, 'types/shop.order.v1.html'), 'utf8');
  expect(page).toContain('Not known here: the schemas are not in a git checkout.');
  expect(snippetsOf(page).get('curl: send one event')).toContain('curl -s http://127.0.0.1:8080/v1/events');
});

test('a second run removes the page of a type that is gone, and nothing else', async () => {
  await docs();
  rmSync(join(schemas, 'shop/order.v1.json'));
  writeJson('shop/cart.v1.json', schemaDocument({ type: 'shop.cart.v1' }));
  writeFileSync(join(out, 'types/notes.html'), 'mine');
  expect((await docs()).exitCode).toBe(0);
  expect(readdirSync(join(out, 'types')).sort()).toEqual(['notes.html', 'shop.cart.v1.html']);
});

test('--ingest-url names host and port of the curl lines, and nothing that a shell could take otherwise', async () => {
  await docs('--ingest-url', "https://events.example.com/'$(id)'");
  const page = readFileSync(join(out, 'types/shop.order.v1.html'), 'utf8');
  expect(snippetsOf(page).get('curl: send one event')).toMatch(
    /^curl -s https:\/\/events\.example\.com\/v1\/events \\\n/,
  );
  expect((await docs('--ingest-url', 'events.example.com')).exitCode).toBe(2);
});

test('a schema with a problem, a folder that is missing and a place that cannot be written are told', async () => {
  writeJson('shop/bad.v1.json', { type: 'object' });
  const bad = await docs();
  expect(bad.exitCode).toBe(1);
  expect(bad.err).toContain('shop/bad.v1.json at /edi: ');
  rmSync(join(schemas, 'shop/bad.v1.json'));
  writeFileSync(out, 'a file');
  expect(await docs()).toMatchObject({ exitCode: 1, err: expect.stringContaining(`${out} cannot be written`) });
  rmSync(schemas, { recursive: true });
  expect(await docs()).toMatchObject({ exitCode: 1, err: expect.stringContaining('cannot be read') });
});

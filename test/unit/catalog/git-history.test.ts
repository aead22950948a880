import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readGitHistory, type TypeHistory } from '../../../infra/catalog/git-history.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'edi-history-test-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

function git(...args: string[]): void {
  const who = ['-c', 'user.name=test', '-c', 'user.email=test@example.com', '-c', 'commit.gpgsign=false'];
  execFileSync('git', ['-C', folder, ...who, ...args], {
    stdio: 'ignore',
    env: { ...process.env, GIT_COMMITTER_DATE: '2026-01-31T12:00:00Z', GIT_AUTHOR_DATE: '2026-01-30T12:00:00Z' },
  });
}

function commit(subject: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  git('add', '-A');
  git('commit', '-q', '-m', subject);
}

function subjectsOf(history: TypeHistory) {
  return history.kind === 'commits' ? history.commits.map(({ subject }) => subject) : history.reason;
}

test('lists the commits of each schema, the newest first, with the document before and after', async () => {
  git('init', '-q');
  commit('Add order', { 'schemas/shop/order.v1.json': '{"a": 1}', 'schemas/shop/cart.v1.json': '{}' });
  commit('An example', { 'schemas/shop/order.v1.one.pass.json': '{}' });
  commit('Order: <two>', { 'schemas/shop/order.v1.json': '{"a": 2}' });
  const historyOf = await readGitHistory(join(folder, 'schemas'));
  expect(historyOf('shop.order.v1')).toEqual({
    kind: 'commits',
    isCut: false,
    commits: [
      {
        hash: expect.stringMatching(/^[0-9a-f]{10}$/),
        day: '2026-01-31',
        subject: 'Order: <two>',
        before: { a: 1 },
        after: { a: 2 },
      },
      { hash: expect.any(String), day: '2026-01-31', subject: 'Add order', after: { a: 1 } },
    ],
  });
  expect(subjectsOf(historyOf('shop.cart.v1'))).toEqual(['Add order']);
  expect(subjectsOf(historyOf('shop.unknown.v1'))).toEqual([]);
});

test('works where the schema folder is the root of the checkout', async () => {
  git('init', '-q');
  commit('Add order', { 'shop/order.v1.json': '{}' });
  expect(subjectsOf((await readGitHistory(folder))('shop.order.v1'))).toEqual(['Add order']);
});

test('a document that was no JSON is left out, and the commits around it stay', async () => {
  git('init', '-q');
  commit('one', { 'shop/order.v1.json': '{"a": 1}' });
  commit('two', { 'shop/order.v1.json': '<<<<<<<' });
  commit('three', { 'shop/order.v1.json': '{"a": 3}' });
  const history = (await readGitHistory(folder))('shop.order.v1');
  expect(history).toMatchObject({ commits: [{ after: { a: 3 } }, { before: { a: 1 } }, { after: { a: 1 } }] });
});

test('only the newest are shown of many, and it says so', async () => {
  git('init', '-q');
  for (let n = 1; n <= 32; n++) commit(`change ${n}`, { 'shop/order.v1.json': `{"n": ${n}}` });
  const history = (await readGitHistory(folder))('shop.order.v1');
  expect(history).toMatchObject({ kind: 'commits', isCut: true });
  expect(subjectsOf(history)).toHaveLength(30);
  expect(subjectsOf(history)[0]).toBe('change 32');
});

test('says so where there is no git history: no checkout, no commit, no git, no folder', async () => {
  // A folder below a checkout is part of it, which the temporary folder is not.
  vi.stubEnv('GIT_CEILING_DIRECTORIES', dirname(folder));
  expect(subjectsOf((await readGitHistory(folder))('a.b.v1'))).toBe('the schemas are not in a git checkout');
  git('init', '-q');
  expect(subjectsOf((await readGitHistory(folder))('a.b.v1'))).toMatch(/^git said: /);
  expect(subjectsOf((await readGitHistory(join(folder, 'missing')))('a.b.v1'))).toMatch(/^git said: /);
  vi.stubEnv('PATH', folder);
  expect(subjectsOf((await readGitHistory(folder))('a.b.v1'))).toBe('git is not installed here');
});

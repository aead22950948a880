import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { projectFolder } from '../../helpers/local-process.ts';

/** What commands leave in a checkout, by the names that pages give it; the first has keys of an environment in the clear. */
const left = [
  'edi-secrets/master-keyset.plain',
  '.edi/warehouse.duckdb',
  '.edi-send/sent.json',
  '.edi-client/1.segment',
  'cdktf.out/stacks/dev-state/cdk.tf.json',
  'cdktf.out/manifest.json',
  'dist/functions/ingest.zip',
];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'edi-ignored-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('nothing that commands leave in a checkout is committed by accident', () => {
  execFileSync('git', ['init', '-q', folder]);
  const rules = join(projectFolder, '.gitignore');
  const ignored = execFileSync('git', ['-C', folder, '-c', `core.excludesFile=${rules}`, 'check-ignore', ...left], {
    encoding: 'utf8',
  });
  expect(ignored.trim().split('\n')).toEqual(left);
});

test('lint looks at no folder that git ignores, so that it passes after a synthesis, too', () => {
  const { files } = JSON.parse(readFileSync(join(projectFolder, '.biome.json'), 'utf8'));
  const folders = readFileSync(join(projectFolder, '.gitignore'), 'utf8')
    .split('\n')
    .flatMap((line) => (line.endsWith('/') ? line.slice(0, -1) : []));
  expect(folders).toContain('cdktf.out');
  const excluded = files.includes.map((pattern: string) => pattern.replace(/^!(?:\*\*\/)?/, ''));
  expect(excluded).toEqual(expect.arrayContaining(folders));
});

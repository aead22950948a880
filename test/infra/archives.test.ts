import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { archiveOf, buildBundles } from '../../infra/bundle/build.ts';
import { sharedBundles } from '../helpers/run-socket.ts';

const folder = mkdtempSync(join(tmpdir(), 'edi-archives-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('two builds of the same sources give the same archives', async () => {
  const first = (await sharedBundles()).map(archiveOf);
  const second = await buildBundles(join(folder, 'second'));
  expect(first.length).toBeGreaterThan(0);
  for (const [index, { name, zipPath, sha256 }] of first.entries()) {
    expect(second[index]?.name).toBe(name);
    expect(second[index]?.sha256).toBe(sha256);
    expect(readFileSync(second[index]?.zipPath ?? '').equals(readFileSync(zipPath))).toBe(true);
  }
}, 600_000);

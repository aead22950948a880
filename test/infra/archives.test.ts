import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { buildBundles } from '../../infra/bundle/build.ts';

const folder = mkdtempSync(join(tmpdir(), 'edi-archives-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('two builds of the same sources give the same archives', async () => {
  const first = await buildBundles(join(folder, 'first'));
  const second = await buildBundles(join(folder, 'second'));
  expect(first.length).toBeGreaterThan(0);
  for (const [index, { name, zipPath, sha256 }] of first.entries()) {
    expect(second[index]?.name).toBe(name);
    expect(second[index]?.sha256).toBe(sha256);
    expect(readFileSync(second[index]?.zipPath ?? '').equals(readFileSync(zipPath))).toBe(true);
  }
}, 120_000);

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Exceptions } from './exceptions.ts';
import { makeSourceTree, type SourceTree } from './source-tree.ts';

export const noExceptions: Exceptions = {
  entryPoints: [],
  testOnlyExports: [],
  unusedPackages: [],
  longFiles: [],
  loadsByName: [],
};

/** A repository of these files, gone when the test ends. */
export function madeUpRoot(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'edi-rooms-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

/** The same in memory, as the rules that run nothing see it. */
export function madeUpTree(files: Readonly<Record<string, string>>): SourceTree {
  return makeSourceTree(new Map(Object.entries(files)), (path) => Object.hasOwn(files, path));
}

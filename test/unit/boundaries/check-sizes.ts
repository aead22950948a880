import type { Exceptions } from './exceptions.ts';
import type { Finding } from './finding.ts';
import type { SourceTree } from './source-tree.ts';

/** A file has fewer lines than this. */
const maxLines = 300;

/** Files that have grown too long for one subject, and exceptions that are none any more. */
export function checkSizes(tree: SourceTree, { longFiles }: Pick<Exceptions, 'longFiles'>): Finding[] {
  const lines = new Map([...tree].map(([path, { text }]) => [path, text.trimEnd().split('\n').length]));
  const tooLong = [...lines]
    .filter(([path, count]) => count >= maxLines && !longFiles.some(({ file }) => file === path))
    .map(([path, count]) => ({
      rule: 'sizes',
      place: path,
      message: `it has ${count} lines; files stay below ${maxLines}`,
      fix: 'split it by subject, or list it with a reason in exceptions.ts (longFiles)',
    }));
  const stale = longFiles
    .filter(({ file }) => (lines.get(file) ?? 0) < maxLines)
    .map(({ file }) => ({
      rule: 'sizes',
      place: file,
      message: 'it is listed as a long file, and is none',
      fix: 'take it out of exceptions.ts (longFiles)',
    }));
  return [...tooLong, ...stale];
}

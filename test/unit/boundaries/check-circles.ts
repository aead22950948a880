import type { Finding } from './finding.ts';
import type { SourceTree } from './source-tree.ts';

/** Files that import each other, over however many others and for types alone too: one finding a knot of files. */
export function checkCircles(tree: SourceTree): Finding[] {
  return knots(tree).map((files) => {
    const circle = circleIn(tree, new Set(files));
    return {
      rule: 'circles',
      place: circle[0] ?? '',
      message: `these import each other: ${[...circle, circle[0]].join(' -> ')}`,
      fix: 'move what both need to the one that the other needs anyway, or to a third; a recursion lives in one file',
    };
  });
}

function targetsOf(tree: SourceTree, path: string): string[] {
  return (tree.get(path)?.imports ?? []).flatMap(({ target }) =>
    target.kind === 'file' && tree.has(target.path) ? [target.path] : [],
  );
}

/** Strongly connected components of more than one file, and files that import themselves (Tarjan 1972). */
function knots(tree: SourceTree): string[][] {
  const found: string[][] = [];
  const indexes = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const visit = (path: string): number => {
    const index = indexes.size;
    indexes.set(path, index);
    lowest.set(path, index);
    stack.push(path);
    for (const target of targetsOf(tree, path)) {
      const reached = indexes.has(target) ? (stack.includes(target) ? indexes.get(target) : undefined) : visit(target);
      lowest.set(path, Math.min(lowest.get(path) ?? index, reached ?? index));
    }
    const low = lowest.get(path) ?? index;
    if (low === index) {
      const knot = stack.splice(stack.indexOf(path));
      if (knot.length > 1 || targetsOf(tree, path).includes(path)) found.push(knot.sort());
    }
    return low;
  };
  for (const path of tree.keys()) if (!indexes.has(path)) visit(path);
  return found;
}

/** A shortest circle through the first file of a knot. */
function circleIn(tree: SourceTree, knot: ReadonlySet<string>): string[] {
  const [start = ''] = knot;
  const paths: string[][] = [[start]];
  const seen = new Set<string>();
  for (let path = paths.shift(); path !== undefined; path = paths.shift()) {
    for (const target of targetsOf(tree, path.at(-1) ?? '')) {
      if (target === start) return path;
      if (!knot.has(target) || seen.has(target)) continue;
      seen.add(target);
      paths.push([...path, target]);
    }
  }
  return [start];
}

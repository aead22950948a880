import { keywords } from '../../event-types/keywords.ts';

export const knownKeywords: ReadonlySet<string> = new Set(keywords.keys());

/** What earlier drafts wrote otherwise (their release notes), and what to write in 2020-12. */
export const replacedKeywords: ReadonlyMap<string, string> = new Map([
  ['definitions', '$defs'],
  ['id', '$id'],
  ['dependencies', 'dependentRequired" or "dependentSchemas'],
  ['additionalItems', 'items'],
  ['$recursiveRef', '$dynamicRef'],
  ['$recursiveAnchor', '$dynamicAnchor'],
]);

/** The name that was probably meant: at most two slips away, and fewer for short names. */
export function likelyName(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.min(2, Math.floor(name.length / 3)) + 0.5;
  for (const candidate of known) {
    const distance = slips(name.toLowerCase(), candidate.toLowerCase());
    // `tsAdditionalProperties` is a name of somebody's own.
    const extended = name.length > candidate.length + 1 && name.toLowerCase().endsWith(candidate.toLowerCase());
    if (candidate !== name && !extended && distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** Optimal string alignment distance: letters added, left out, replaced, or two neighbours swapped. */
export function slips(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2 || a.length > 64) return Number.POSITIVE_INFINITY;
  let [twoBack, back]: [number[], number[]] = [[], Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (back[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min(replaced, (back[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1);
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] && i > 1 && j > 1)
        least = Math.min(least, (twoBack[j - 2] ?? 0) + 1);
      row.push(least);
    }
    [twoBack, back] = [back, row];
  }
  return back[b.length] ?? 0;
}

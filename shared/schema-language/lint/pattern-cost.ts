import { CharBase } from 'refa';
import { type PatternPaths, pathsOf, Unprovable, type Weights } from './pattern-paths.ts';

export type PatternCost =
  /** The time to match grows with the length of the text and no faster. */
  | { readonly kind: 'linear' }
  /** It grows faster, or nobody could prove that it does not. */
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'no-pattern'; readonly reason: string };

/** Ways that a matcher may have open at once, whatever the text. */
const maxOpenPaths = 64;
/** Bounds on the proof itself. */
const maxStates = 4_000;
const maxSteps = 2_000_000;

/**
 * Proves that Node's matcher, which backtracks, takes time linear in the text. It counts the paths that are open after
 * each text: when they never exceed a constant, from one start and from all starts together (a pattern without `^` is
 * tried at every character), no text makes it try more than that constant per character. The count is exact but for
 * assertions, which it takes as always true, so a pattern that passes is safe; one that does not may be safe all the same.
 */
export function patternCost(source: string, flags = 'u'): PatternCost {
  try {
    // The analysis reads some patterns that Node refuses.
    RegExp(source, flags);
    const paths = pathsOf(source, flags);
    const reason = boundedFrom(paths, false) ?? (paths.anchored ? undefined : boundedFrom(paths, true));
    return reason === undefined ? { kind: 'linear' } : { kind: 'refused', reason };
  } catch (error) {
    if (error instanceof Unprovable) return { kind: 'refused', reason: error.message };
    if (error instanceof SyntaxError) return { kind: 'no-pattern', reason: error.message };
    // The parser gives up by throwing: a pattern with too many nodes, or one of a newer syntax.
    if (error instanceof Error) return { kind: 'refused', reason: `it cannot be analysed (${error.name})` };
    throw error;
  }
}

type State = Map<number, number>;

/** Undefined when the open paths are bounded, else why that cannot be shown. */
function boundedFrom(paths: PatternPaths, everywhere: boolean): string | undefined {
  const letters = lettersOf(paths);
  const seen = new Set<string>();
  const open: State[] = [advance(paths.first, 1, new Map())];
  let [budget, begun] = [maxSteps, false];
  while (open.length > 0) {
    const reading = open.pop() ?? new Map();
    for (const members of letters) {
      const state: State = new Map();
      for (const [position, ways] of reading) if (members.has(position)) state.set(position, ways);
      budget -= reading.size;
      const total = [...state.values()].reduce((sum, ways) => sum + ways, 0);
      if (total > maxOpenPaths) return everywhere && begun ? startsAnew : backtracks;
      const key = [...state].sort(([a], [b]) => a - b).join(' ');
      if (total === 0 || seen.has(key)) continue;
      seen.add(key);
      begun = true;
      if (seen.size > maxStates || budget < 0) return 'it is too complex to be shown to match in linear time';
      // Tried from left to right, the first start that matches is the last one tried.
      if (everywhere && [...state.keys()].some((position) => paths.surelyAccepting.has(position))) continue;
      const next: State = everywhere ? advance(paths.first, 1, new Map()) : new Map();
      for (const [position, ways] of state) {
        const follow = paths.follow[position] ?? new Map();
        budget -= follow.size;
        advance(follow, ways, next);
      }
      open.push(next);
    }
  }
  return undefined;
}

const backtracks = 'there is text that it can match in ever more ways, which are all tried before it fails';
const startsAnew =
  'it is tried from every character of the text, and can read on to the end from each before it fails; begin it with "^"';

function advance(weights: Weights, ways: number, into: State): State {
  for (const [position, weight] of weights) into.set(position, (into.get(position) ?? 0) + ways * weight);
  return into;
}

/** Per class of characters that no position tells apart: the positions that read it. */
function lettersOf({ sets }: PatternPaths): readonly ReadonlySet<number>[] {
  if (sets.length === 0) return [];
  const base = new CharBase(sets);
  const letters = base.sets.map(() => new Set<number>());
  for (const [position, set] of sets.entries()) for (const letter of base.split(set)) letters[letter]?.add(position);
  return letters;
}

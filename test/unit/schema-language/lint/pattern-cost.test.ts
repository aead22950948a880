import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { patternCost } from '../../../../shared/schema-language/lint/pattern-cost.ts';

describe('patterns that match in time proportional to the text', () => {
  test.each([
    'abc',
    '.*',
    '[a-z]+',
    '^https?://',
    '^.{0,10000}$',
    '^[^@]+@[^@]+$',
    '^\\p{L}{1,64}$',
    '^\\d{4}\\d{2}\\d{2}$',
    '^(foo|foobar)$',
    '^(\\d{1,3}\\.){3}\\d{1,3}$',
    '^[a-z0-9]+(?:-[a-z0-9]+)*$',
    '^[\\w.-]+@[\\w-]+(\\.[\\w-]+)+$',
    '^(?:[01]\\d|2[0-3]):[0-5]\\d$',
    '^\\s*\\S+\\s*$',
    '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$|^[0-9a-f]{16}$',
    '^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)$',
    '^([a-z]{2,3})(-[A-Z]{2})?$',
  ])('%s passes', (pattern) => {
    expect(patternCost(pattern)).toEqual({ kind: 'linear' });
  });
});

describe('patterns that can take longer, or may', () => {
  test.each([
    ['nested repetition', '(a+)+$'],
    ['nested repetition of alternatives', '^(a|a)*$'],
    ['alternatives of which one begins another', '^(aa|aab|b)*$'],
    ['a bounded repetition that is exponential in its bound', '^(a|a){30}$'],
    ['many optional parts', '^(a?){30}a{30}$'],
    ['empty alternatives', '^(?:|){30}b$'],
    ['repetitions of repetitions', '^(a{1,100}){1,100}$'],
    ['an endless repetition of what can be empty', '(a*)*'],
    ['neighbours that share characters', '^.*@.*$'],
    ['what can never match', '(a+)+[]'],
    ['a search from every character', 'a+b'],
    ['a search for trailing space', '\\s+$'],
    ['a long search from every character', 'a{2000}'],
    ['a lookahead', '^(?=a)b'],
    ['a lookbehind', '(?<!a)b'],
    ['a backreference', '^(a)\\1$'],
    [
      'the infamous one for addresses',
      '^([a-zA-Z0-9])(([\\-.]|[_]+)?([a-zA-Z0-9]+))*(@){1}[a-z0-9]+[.]{1}(([a-z]{2,3})|([a-z]{2,3}[.]{1}[a-z]{2,3}))$',
    ],
  ])('%s is refused: %s', (_what, pattern) => {
    expect(patternCost(pattern).kind).toBe('refused');
  });

  test.each(['[', '(', 'a{2,1}', '\\p{Nonsense}', '(?<n>a)(?<n>b)'])('%s is no pattern', (pattern) => {
    expect(patternCost(pattern).kind).toBe('no-pattern');
  });
});

/** Small patterns over two letters, as text and as the ways in which a backtracking matcher tries them. */
type Node =
  | { readonly kind: 'letter'; readonly letter: string }
  | { readonly kind: 'sequence' | 'choice'; readonly parts: readonly Node[] }
  | { readonly kind: 'repeat'; readonly part: Node; readonly min: number; readonly max: number };

const nodes: fc.Arbitrary<Node> = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.record({ kind: fc.constant('letter' as const), letter: fc.constantFrom('a', 'b', '[ab]') }),
    fc.record({
      kind: fc.constantFrom('sequence' as const, 'choice' as const),
      parts: fc.array(tie('node'), { minLength: 1, maxLength: 3 }),
    }),
    fc
      .tuple(tie('node'), fc.constantFrom([0, 1], [0, 3], [2, 2], [0, Infinity], [1, Infinity], [2, Infinity]))
      .map(([part, [min = 0, max = 1]]) => ({ kind: 'repeat' as const, part, min, max })),
  ),
})).node;

function textOf(node: Node): string {
  if (node.kind === 'letter') return node.letter;
  if (node.kind === 'repeat') {
    return `(?:${textOf(node.part)}){${node.min},${node.max === Number.POSITIVE_INFINITY ? '' : node.max}}`;
  }
  const parts = node.parts.map(textOf);
  return node.kind === 'sequence' ? parts.join('') : `(?:${parts.join('|')})`;
}

/** How many steps a matcher takes that tries every way in turn and finds none, up to `limit`. */
function stepsToFail(pattern: Node, text: string, limit: number): number {
  let steps = 0;
  const run = (node: Node, at: number, then: (at: number) => void): void => {
    if (++steps > limit) return;
    if (node.kind === 'letter') {
      if (at < text.length && node.letter.includes(text[at] ?? '')) then(at + 1);
    } else if (node.kind === 'repeat') repeat(node, { at, done: 0 }, then);
    else if (node.kind === 'choice') for (const part of node.parts) run(part, at, then);
    else {
      const next = (index: number) => (from: number) => {
        const part = node.parts[index];
        if (part === undefined) then(from);
        else run(part, from, next(index + 1));
      };
      next(0)(at);
    }
  };
  const repeat = (
    node: Extract<Node, { kind: 'repeat' }>,
    { at, done }: { at: number; done: number },
    then: (at: number) => void,
  ): void => {
    if (++steps > limit) return;
    if (done < node.max) {
      // An iteration that reads nothing ends the loop, once the least number is reached (ECMA-262, RepeatMatcher).
      run(node.part, at, (to) =>
        to === at && done >= node.min ? undefined : repeat(node, { at: to, done: done + 1 }, then),
      );
    }
    if (done >= node.min) then(at);
  };
  run(pattern, 0, () => undefined);
  return steps;
}

test('what passes never takes more than a constant number of steps a character', () => {
  let passed = 0;
  fc.assert(
    fc.property(nodes, fc.stringMatching(/^[ab]{0,24}$/), (node, text) => {
      const pattern = `^${textOf({ kind: 'choice', parts: [node] })}$`;
      fc.pre(pattern.length < 120 && patternCost(pattern).kind === 'linear');
      passed++;
      // 64 open paths, each with as many moves as the pattern has parts, repetitions written out.
      const perCharacter = 64 * 4 * (pattern.length + 10) * 3;
      expect(stepsToFail(node, text, 5_000_000)).toBeLessThan(perCharacter * (text.length + 2));
    }),
    { numRuns: 400 },
  );
  expect(passed).toBeGreaterThan(100);
});

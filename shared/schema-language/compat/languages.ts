import { CharSet, type Concatenation, DFA, type Element, type Expression, JS, NFA, type NoParent } from 'refa';

/** Strings that match all of some patterns and none of others, of a length (in code points, RFC 8259 section 8.2). */
export interface Language {
  readonly matches: readonly string[];
  readonly avoids: readonly string[];
  readonly minLength: number;
  readonly maxLength: number;
}

/** Bounds of what is decided about patterns; beyond them nothing is said. */
const bounds = { maxStates: 4_000, maxCountedLength: 300, maxCachedPatterns: 500 } as const;

/** Non-characters that stand for the begin and the end of a string, so that `^` and `$` can be read like characters. */
const begin = 0x10fffe;
const end = 0x10ffff;
const flags = 'u';
const maxCharacter = 0x10ffff;

/**
 * Whether no string is in the language; undefined when that cannot be decided: for patterns with look-around, word
 * boundaries or back-references, and for automata that grow too large. Patterns are searched for anywhere in the string,
 * with flag `u` (JSON Schema 2020-12 validation section 6.3.3, ECMA-262).
 */
export function isEmptyLanguage(language: Language): boolean | undefined {
  if (language.minLength > language.maxLength) return true;
  const strings = stringsOf(language);
  return strings === undefined ? undefined : strings.isEmpty;
}

const maxWords = 4;

/** Some of the shortest strings of a language, of letters and digits where it has such. None where it is not decided about. */
export function wordsOf(language: Language): string[] {
  const strings = language.minLength > language.maxLength ? undefined : stringsOf(language);
  const words: string[] = [];
  for (const sets of strings?.wordSets() ?? []) {
    if (words.push(String.fromCodePoint(...sets.slice(1, -1).map(readable))) >= maxWords) break;
  }
  return words;
}

function readable(set: CharSet): number {
  const nice = [...'a1A /-_.@'].map((character) => character.codePointAt(0) ?? 0).find((code) => set.has(code));
  return nice ?? set.ranges.find(({ max }) => max >= 0x21)?.max ?? 0;
}

function stringsOf({ matches, avoids, minLength, maxLength }: Language): NFA | undefined {
  try {
    let strings: NFA = stringsOfLength(minLength, maxLength);
    for (const pattern of matches) {
      strings = NFA.fromIntersection(strings, containing(pattern), new NFA.LimitedNodeFactory(bounds.maxStates));
      if (strings.isEmpty) return strings;
    }
    for (const pattern of avoids) {
      const others = DFA.fromFA(containing(pattern), new DFA.LimitedNodeFactory(bounds.maxStates));
      others.complement(new DFA.LimitedNodeFactory(bounds.maxStates));
      strings = NFA.fromIntersection(strings, others, new NFA.LimitedNodeFactory(bounds.maxStates));
      if (strings.isEmpty) return strings;
    }
    return strings;
  } catch {
    return undefined;
  }
}

/** A pattern that one string alone matches. */
export function patternOf(text: string): string {
  return `^${text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')}$`;
}

function stringsOfLength(minLength: number, maxLength: number): NFA {
  // A length too large to count is left out: the language is larger then, which is the safe side.
  const min = minLength <= bounds.maxCountedLength ? minLength : 0;
  const max = maxLength <= bounds.maxCountedLength ? maxLength : '';
  const source = `\\u{10fffe}[^\\u{10fffe}\\u{10ffff}]{${min},${max}}\\u{10ffff}`;
  return automaton(JS.Parser.fromLiteral({ source, flags }).parse().expression);
}

const automata = new Map<string, NFA>();

/** Strings, between the two marks, in which a pattern is found. Throws for a pattern that is not understood. */
function containing(pattern: string): NFA {
  const known = automata.get(pattern);
  if (known !== undefined) return known;
  const parser = JS.Parser.fromLiteral({ source: pattern, flags });
  const { expression } = parser.parse({ assertions: 'unknown', backreferences: 'throw' });
  const anything: NoParent<Element> = {
    type: 'Quantifier',
    alternatives: [{ type: 'Concatenation', elements: [characters(CharSet.all(maxCharacter))] }],
    min: 0,
    max: Number.POSITIVE_INFINITY,
    lazy: false,
  };
  // A mark is there once, but `^^` holds where `^` does.
  const whole: NoParent<Element> = { type: 'Alternation', alternatives: expression.alternatives };
  if (['^', '$'].some((id) => marksNeeded(whole, id) > 1)) throw new Error('repeated assertions are not decided about');
  const found = withMark(whole);
  const made = automaton({
    type: 'Expression',
    alternatives: [{ type: 'Concatenation', elements: [anything, found, anything] }],
  });
  if (automata.size >= bounds.maxCachedPatterns) automata.clear();
  automata.set(pattern, made);
  return made;
}

function automaton(expression: NoParent<Expression>): NFA {
  return NFA.fromRegex(expression, { maxCharacter }, {}, new NFA.LimitedNodeFactory(bounds.maxStates));
}

function characters(set: CharSet): NoParent<Element> {
  return { type: 'CharacterClass', characters: set };
}

function withMarks({ elements }: NoParent<Concatenation>): NoParent<Concatenation> {
  return { type: 'Concatenation', elements: elements.map(withMark) };
}

/** The same element, with assertions about begin and end as the marks that they need. */
function withMark(element: NoParent<Element>): NoParent<Element> {
  switch (element.type) {
    case 'CharacterClass':
      return characters(element.characters.without({ min: begin, max: end }));
    case 'Alternation':
      return { type: 'Alternation', alternatives: element.alternatives.map(withMarks) };
    case 'Quantifier':
      return { ...element, alternatives: element.alternatives.map(withMarks) };
    case 'Unknown':
      if (element.id === '^') return characters(CharSet.fromCharacter(maxCharacter, begin));
      if (element.id === '$') return characters(CharSet.fromCharacter(maxCharacter, end));
      throw new Error(`${element.id} is not decided about`);
    case 'Assertion':
      throw new Error('assertions are not decided about');
  }
}

/** How often a mark can be needed on one way through a part. */
function marksNeeded(element: NoParent<Element>, id: string): number {
  if (element.type === 'CharacterClass') return 0;
  if (element.type === 'Unknown') return element.id === id ? 1 : 0;
  const ways = element.alternatives.map(({ elements }) =>
    elements.reduce((sum, inner) => sum + marksNeeded(inner, id), 0),
  );
  return Math.max(0, ...ways) * (element.type === 'Quantifier' ? element.max : 1);
}

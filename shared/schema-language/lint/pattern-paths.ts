import { type CharSet, type Concatenation, type Element, type Expression, JS, type Quantifier } from 'refa';

/**
 * A pattern as an automaton without empty moves (Glushkov's construction), in which every way that a backtracking matcher
 * can take is a path of its own: weights count the ways to get from one position to another without reading.
 */
export interface PatternPaths {
  /** What each position reads; a position is one character set of the pattern, once per repetition. */
  readonly sets: readonly CharSet[];
  readonly first: Weights;
  /** By position: which positions may read next. */
  readonly follow: readonly Weights[];
  /** Positions after which the matcher surely stops: the end of an alternative that asserts nothing. */
  readonly surelyAccepting: ReadonlySet<number>;
  /** Every alternative begins with `^`. */
  readonly anchored: boolean;
}

export type Weights = ReadonlyMap<number, number>;

/** Why nothing can be said of a pattern. */
export class Unprovable extends Error {
  override readonly name = 'Unprovable';
}

/** Positions of the automaton, repetitions written out; above, long repetitions are taken as endless. */
const maxPositions = 600;
/** What stays written out in a pattern that is too long. */
const maxSmallRepetition = 24;

/** Builds the automaton. Throws `Unprovable`, and `SyntaxError` for what is no pattern. */
export function pathsOf(source: string, flags: string): PatternPaths {
  const parser = JS.Parser.fromLiteral({ source, flags });
  const { expression } = parser.parse({
    assertions: 'unknown',
    backreferences: 'unknown',
    maxBackreferenceWords: 0,
    simplify: false,
  });
  const whole = sizeOf(expression) <= maxPositions;
  const builder = new Builder(whole);
  const alternatives = expression.alternatives.map((alternative) => builder.concatenation(alternative));
  const all = alternatives.reduce(alternate, nothing);
  const certain = alternatives.filter((part) => !part.asserts);
  return {
    sets: builder.sets,
    first: all.first,
    follow: builder.follow,
    surelyAccepting: new Set(certain.flatMap((part) => [...part.last.keys()])),
    anchored: expression.alternatives.every(beginsAnchored) || certain.some((part) => part.empty > 0),
  };
}

function beginsAnchored({ elements }: Concatenation): boolean {
  const [begin] = elements;
  if (begin?.type === 'Unknown') return begin.id === '^';
  return begin?.type === 'Alternation' && begin.alternatives.every(beginsAnchored);
}

function sizeOf(node: Expression | Concatenation | Element): number {
  switch (node.type) {
    case 'CharacterClass':
      return 1;
    case 'Concatenation':
      return node.elements.reduce((sum, element) => sum + sizeOf(element), 0);
    case 'Quantifier':
      return sizeOfAlternatives(node) * repetitions(node);
    case 'Expression':
    case 'Alternation':
      return sizeOfAlternatives(node);
    default:
      return 0;
  }
}

function repetitions({ min, max }: Quantifier): number {
  return max === Number.POSITIVE_INFINITY ? Math.max(1, min) : max;
}

function sizeOfAlternatives({ alternatives }: { readonly alternatives: readonly Concatenation[] }): number {
  return alternatives.reduce((sum, alternative) => sum + sizeOf(alternative), 0);
}

/** A part of the pattern: ways to match the empty text, positions that can read first and last, each with its ways. */
interface Part {
  readonly empty: number;
  readonly first: Weights;
  readonly last: Weights;
  readonly asserts: boolean;
}

const nothing: Part = { empty: 0, first: new Map(), last: new Map(), asserts: false };
const emptyText: Part = { empty: 1, first: new Map(), last: new Map(), asserts: false };

function alternate(a: Part, b: Part): Part {
  return {
    empty: a.empty + b.empty,
    first: sum(a.first, b.first, 1),
    last: sum(a.last, b.last, 1),
    asserts: a.asserts || b.asserts,
  };
}

function sum(a: Weights, b: Weights, factor: number): Weights {
  if (factor === 0 || b.size === 0) return a;
  if (a.size === 0 && factor === 1) return b;
  const result = new Map(a);
  for (const [position, weight] of b) result.set(position, (result.get(position) ?? 0) + weight * factor);
  return result;
}

class Builder {
  readonly sets: CharSet[] = [];
  readonly follow: Map<number, number>[] = [];
  readonly #whole: boolean;

  constructor(whole: boolean) {
    this.#whole = whole;
  }

  concatenation({ elements }: Concatenation): Part {
    // From the right, so that an optional tail is built once.
    return elements.reduceRight((tail, element) => this.#then(this.#element(element), tail), emptyText);
  }

  #element(element: Element): Part {
    switch (element.type) {
      case 'CharacterClass':
        return this.#characters(element.characters);
      case 'Alternation':
        return this.#alternatives(element.alternatives);
      case 'Quantifier':
        return this.#quantifier(element);
      case 'Unknown':
        // A look at what comes next or came before reads text again, and a backreference is no regular language.
        if (!['^', '$', '\\b', '\\B'].includes(element.id)) throw new Unprovable(`it contains ${element.id}`);
        return { ...emptyText, asserts: true };
      default:
        throw new Unprovable('it looks ahead or behind');
    }
  }

  #characters(characters: CharSet): Part {
    const position = this.sets.push(characters) - 1;
    if (position >= 4 * maxPositions) throw new Unprovable('it is too long');
    this.follow.push(new Map());
    const only = new Map([[position, 1]]);
    return { empty: 0, first: only, last: only, asserts: false };
  }

  #alternatives(alternatives: readonly Concatenation[]): Part {
    return alternatives.map((alternative) => this.concatenation(alternative)).reduce(alternate, nothing);
  }

  #quantifier(quantifier: Quantifier): Part {
    const { min, max, alternatives } = quantifier;
    const once = () => this.#alternatives(alternatives);
    const long = !this.#whole && sizeOf(quantifier) > maxSmallRepetition;
    // More ways than the pattern has, so a bound holds; but where it seems to match, it may not yet.
    if (long) return { ...this.#endless(once(), min > 0), asserts: true };
    let tail = max === Number.POSITIVE_INFINITY ? this.#endless(once(), min > 0) : emptyText;
    const required = max === Number.POSITIVE_INFINITY ? Math.max(0, min - 1) : min;
    const optional = max === Number.POSITIVE_INFINITY ? 0 : max - min;
    for (let i = 0; i < optional; i++) tail = alternate(emptyText, this.#then(once(), tail));
    for (let i = 0; i < required; i++) tail = this.#then(once(), tail);
    return tail;
  }

  #endless(body: Part, required: boolean): Part {
    if (body.empty > 0) throw new Unprovable('it repeats without end what can be empty');
    this.#link(body.last, body.first);
    return required ? body : alternate(emptyText, body);
  }

  #then(a: Part, b: Part): Part {
    this.#link(a.last, b.first);
    return {
      empty: a.empty * b.empty,
      first: sum(a.first, b.first, a.empty),
      last: sum(b.last, a.last, b.empty),
      asserts: a.asserts || b.asserts,
    };
  }

  #link(from: Weights, to: Weights): void {
    for (const [position, ways] of from) {
      const next = this.follow[position];
      for (const [target, weight] of to) next?.set(target, (next.get(target) ?? 0) + ways * weight);
    }
  }
}

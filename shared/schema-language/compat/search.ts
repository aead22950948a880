import type { JsonValue } from '../../event/json.ts';
import { type AcceptOptions, accepts } from './accepts.ts';
import type { Answer } from './answer.ts';
import { noArray } from './arrays.ts';
import { Branch } from './branch.ts';
import { type Fact, failsIn, fits } from './facts.ts';
import { type Emptiness, type Literal, type ValueType, valueTypes, type Way } from './literals.ts';
import type { MeaningOptions } from './meaning.ts';
import { noObject } from './no-object.ts';
import { noNumber } from './numbers.ts';
import { noString } from './strings.ts';

/** A search gives up after so many steps, and then has decided nothing. A step costs some microseconds. */
const defaultMaxSteps = 200_000;
/** Schemas that are asked of a value, in a step on average. */
const maxAsksAStep = 4;
/** What is known of a value that costs a step more to copy. */
const partsOfStep = 8;
/** All questions that one search is asked take so many times as long as one, at most. */
const maxSearches = 3;
/** Questions inside one another; schemas nest less. */
const maxQuestions = 500;

export interface SearchOptions extends MeaningOptions {
  readonly checkFormat?: AcceptOptions['checkFormat'];
  readonly maxSteps?: number;
}

/**
 * Looks for a value of which some facts hold: that fits one schema and not another, say. It tries every type of value,
 * takes schemas apart into conditions on such a value (literals) and choices between conditions, and closes a branch as
 * soon as its conditions contradict each other. Where it cannot tell it assumes that there is a value, so "no value" is
 * certain, and "a value" is not.
 *
 * A question that comes up again inside itself is answered with no: a value nested in itself without end is none, so if
 * there were a value at all, there would be a smallest one, which needs no such answer.
 */
export class Search implements Emptiness {
  readonly everything: Fact;
  readonly nothing: Fact;
  /** Something could not be decided in what was asked last. */
  #doubtful = false;
  readonly #options: SearchOptions;
  readonly #acceptOptions: AcceptOptions;
  readonly #answers = new Map<string, { readonly found: boolean; readonly doubtful: boolean }>();
  /** Questions that are being asked, and how deep. */
  readonly #asking = new Map<string, number>();
  /** The outermost question whose answer was assumed. */
  #assumed = Number.POSITIVE_INFINITY;
  #steps = 0;
  readonly #maxSteps: number;
  /** Steps for this question and all that follow. */
  #left: number;

  constructor(options: SearchOptions) {
    const { terms, checkFormat, safeIntegers = false, maxSteps = defaultMaxSteps } = options;
    this.#options = options;
    const goOn = (work: number) => {
      this.#steps += work / maxAsksAStep;
      return this.#steps <= maxSteps;
    };
    this.#acceptOptions = { terms, safeIntegers, goOn, ...(checkFormat === undefined ? {} : { checkFormat }) };
    this.#maxSteps = maxSteps;
    this.#left = maxSteps * maxSearches;
    this.everything = fits(terms.everything);
    this.nothing = fits(terms.nothing);
  }

  inhabited(facts: readonly Fact[]): boolean {
    const known = new Map<number, Fact>();
    for (const fact of facts) {
      const { term, fits: does } = fact;
      const other = known.get(term.id);
      if (other !== undefined && other.fits !== does) return false;
      if (typeof term.schema === 'boolean' && term.schema !== does) return false;
      if (typeof term.schema !== 'boolean') known.set(term.id, fact);
    }
    const distinct = [...known.values()].sort((a, b) => a.term.id - b.term.id);
    return distinct.length === 0 || this.#remembered(distinct);
  }

  #remembered(facts: readonly Fact[]): boolean {
    const key = facts.map(({ term, fits: does }) => `${does ? '+' : '-'}${term.id}`).join('');
    const answer = this.#answers.get(key);
    if (answer !== undefined) {
      this.#doubtful ||= answer.doubtful;
      return answer.found;
    }
    const asked = this.#asking.get(key);
    if (asked !== undefined) {
      this.#assumed = Math.min(this.#assumed, asked);
      return false;
    }
    const depth = this.#asking.size;
    if (this.#isTired() || depth > maxQuestions) {
      this.#doubtful = true;
      return true;
    }
    const outer = this.#assumed;
    const outerDoubt = this.#doubtful;
    this.#doubtful = false;
    this.#assumed = Number.POSITIVE_INFINITY;
    this.#asking.set(key, depth);
    const found = valueTypes.some((type) => this.#existsOfType(type, facts, []));
    this.#asking.delete(key);
    // A "no" that rests on an assumption about a question further out holds inside that question only.
    const doubtful = found && this.#doubtful;
    if (found || this.#assumed >= depth) this.#answers.set(key, { found, doubtful });
    this.#doubtful = outerDoubt || doubtful;
    this.#assumed = Math.min(outer, this.#assumed >= depth ? Number.POSITIVE_INFINITY : this.#assumed);
    return found;
  }

  stringExists(facts: readonly Fact[], literals: readonly Literal[]): boolean {
    return this.#existsOfType('string', facts, literals);
  }

  accepts(facts: readonly Fact[], value: JsonValue): Answer {
    let result: Answer = true;
    for (const { term, fits: does } of facts) {
      const answer = accepts(term, value, this.#acceptOptions);
      if (answer !== undefined && answer !== does) return false;
      if (answer === undefined) result = undefined;
    }
    if (result === undefined) this.#doubtful = true;
    return result;
  }

  doubt(): void {
    this.#doubtful = true;
  }

  #isTired(parts = 0): boolean {
    this.#steps += 1 + parts / partsOfStep;
    return this.#steps > this.#maxSteps;
  }

  #existsOfType(type: ValueType, facts: readonly Fact[], literals: readonly Literal[]): boolean {
    const branch = new Branch(type, this.#options);
    return branch.take({ facts, literals }) && this.#exists(branch);
  }

  /** Whether a value is left in a branch: commits to what leaves one way only, then tries the smallest choice. */
  #exists(branch: Branch): boolean {
    for (;;) {
      if (this.#isTired(branch.size)) {
        this.#doubtful = true;
        return true;
      }
      if (this.isClosed(branch)) return false;
      if (branch.listed !== undefined) return true;
      let smallest: Branch[] | undefined;
      let forced = false;
      for (const choice of [...branch.choices]) {
        const open = this.#openWays(branch, choice);
        if (open === 'satisfied') branch.choices.delete(choice);
        else if (open.length === 0) return false;
        else if (open.length === 1 && open[0] !== undefined) {
          branch = open[0];
          forced = true;
          break;
        } else if (smallest === undefined || open.length < smallest.length) smallest = open;
      }
      if (forced) continue;
      return smallest === undefined || smallest.some((next) => this.#exists(next));
    }
  }

  /** What each way of a choice makes of the branch, without those that contradict what is known. */
  #openWays(branch: Branch, choice: readonly Way[]): Branch[] | 'satisfied' {
    const open: Branch[] = [];
    for (const one of choice) {
      if (branch.knows(one)) return 'satisfied';
      const next = branch.without(choice);
      if (this.#isTired(next.size)) {
        this.#doubtful = true;
        return 'satisfied';
      }
      if (next.take(one) && !this.isClosed(next)) open.push(next);
    }
    return open;
  }

  /** True when no value is left in a branch. */
  isClosed(branch: Branch): boolean {
    if (branch.listed !== undefined) {
      return !branch.listed.some((value) => branch.fits(value, this.accepts(branch.facts, value)));
    }
    const { literals } = branch;
    switch (branch.type) {
      case 'number':
        return noNumber(literals);
      case 'string': {
        const none = noString(literals);
        if (none === undefined) this.#doubtful = true;
        return none === true;
      }
      case 'array':
        return noArray(literals, this);
      case 'object':
        return noObject(literals, this);
      default:
        return false;
    }
  }

  /** Whether every value that fits `old` fits `next`; undefined where that cannot be decided. */
  isContained(old: Fact['term'], next: Fact['term']): boolean | undefined {
    this.#left -= this.#steps;
    this.#steps = this.#left > 0 ? 0 : this.#maxSteps;
    this.#doubtful = false;
    if (!this.inhabited([fits(old), failsIn(next)])) return true;
    return this.#doubtful ? undefined : false;
  }
}

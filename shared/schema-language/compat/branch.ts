import { isJsonObject, type JsonValue } from '../../event/json.ts';
import type { Answer } from './answer.ts';
import type { Fact } from './facts.ts';
import type { Literal, ValueType, Way } from './literals.ts';
import { assertKeyword, listedValues, type MeaningOptions, violateKeyword } from './meaning.ts';
import { numberFits } from './numbers.ts';
import { stringFits } from './strings.ts';

function isOfType(value: JsonValue, type: ValueType): boolean {
  if (value === null) return type === 'null';
  if (Array.isArray(value)) return type === 'array';
  return isJsonObject(value) ? type === 'object' : typeof value === type;
}

/** What is known of a value of one type, and the choices that are still open. */
export class Branch {
  readonly type: ValueType;
  /** All that holds, also of what has been taken apart. */
  facts: Fact[] = [];
  literals: Literal[] = [];
  choices = new Set<readonly Way[]>();
  /** The only values that it can be, where they are known. */
  listed: readonly JsonValue[] | undefined;
  readonly #known = new Map<number, boolean>();
  readonly #options: MeaningOptions;

  constructor(type: ValueType, options: MeaningOptions, from?: Branch) {
    this.type = type;
    this.#options = options;
    if (type === 'null') this.listed = [null];
    if (type === 'boolean') this.listed = [true, false];
    if (from === undefined) return;
    this.facts = [...from.facts];
    this.literals = [...from.literals];
    this.choices = new Set(from.choices);
    this.listed = from.listed;
    this.#known = new Map(from.#known);
  }

  /** How much there is to copy. */
  get size(): number {
    return this.facts.length + this.literals.length + this.choices.size;
  }

  without(choice: readonly Way[]): Branch {
    const next = new Branch(this.type, this.#options, this);
    next.choices.delete(choice);
    return next;
  }

  /** True when a way asks for nothing that is not known already. */
  knows({ facts, literals }: Way): boolean {
    return literals.length === 0 && facts.every(({ term, fits: does }) => this.#known.get(term.id) === does);
  }

  fits(value: JsonValue, answer: Answer): boolean {
    if (answer === false) return false;
    if (typeof value === 'number') return this.literals.every((literal) => numberFits(literal, value));
    return typeof value !== 'string' || this.literals.every((literal) => stringFits(literal, value));
  }

  /** Adds conditions, taking apart what they consist of. False when that contradicts what is known. */
  take({ facts, literals }: Way): boolean {
    this.literals.push(...literals);
    for (const fact of facts) if (!this.#takeFact(fact)) return false;
    return true;
  }

  #takeFact(fact: Fact): boolean {
    const { term, fits: does } = fact;
    if (typeof term.schema === 'boolean') return term.schema === does;
    const known = this.#known.get(term.id);
    if (known !== undefined) return known === does;
    this.#known.set(term.id, does);
    this.facts.push(fact);
    return does ? this.#takeApart(fact) : this.#takeViolation(fact);
  }

  #takeApart({ term }: Fact): boolean {
    const values = listedValues(term)?.filter((value) => isOfType(value, this.type));
    if (values !== undefined && (this.listed === undefined || values.length < this.listed.length)) this.listed = values;
    for (const keyword of keywordsOf(term.schema)) {
      const meaning = assertKeyword(keyword, term, this.type, this.#options);
      if (meaning === undefined || !this.take(meaning)) return false;
      for (const choice of meaning.choices) this.choices.add(choice);
    }
    return true;
  }

  #takeViolation({ term }: Fact): boolean {
    const ways = keywordsOf(term.schema).flatMap((keyword) => violateKeyword(keyword, term, this.type, this.#options));
    if (ways.length === 0) return false;
    const [only, another] = ways;
    if (ways.some(({ facts, literals }) => facts.length + literals.length === 0)) return true;
    if (only !== undefined && another === undefined) return this.take(only);
    this.choices.add(ways);
    return true;
  }
}

function keywordsOf(schema: JsonValue): string[] {
  return isJsonObject(schema) ? Object.keys(schema) : [];
}

import { canonicalJson } from '../../event/canonical-json.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../event/json.ts';
import { type Answer, all, any, negate } from './answer.ts';
import type { Term, Terms } from './facts.ts';
import { isKnownFormat } from './known-formats.ts';
import { isMultiple } from './numbers.ts';
import { safeRegExp } from './safe-reg-exp.ts';
import { isCovered, spokenOf } from './spoken.ts';

/** Of a branch that may speak of properties: it is asked about each of them. */
const branchWork = 20;

/** References that lead back to where they come from without going into the value, or values nested beyond reason. */
const maxDepth = 400;

export interface AcceptOptions {
  readonly terms: Terms;
  /** Checks a format; undefined for one that is not decided about. Absent: formats are annotations. */
  readonly checkFormat?: (format: string, text: string) => Answer;
  /** An integer is within 2^53, as ingest has it. */
  readonly safeIntegers?: boolean;
  /** Called with the work to come, 1 for a schema and a value; false: it has taken too long, nothing more is decided. */
  readonly goOn?: (work: number) => boolean;
}

/** Whether a value fits a schema, in JSON Schema 2020-12. */
export function accepts(term: Term, value: JsonValue, options: AcceptOptions, depth = 0): Answer {
  if (typeof term.schema === 'boolean') return term.schema;
  if (depth > maxDepth || options.goOn?.(1) === false) return undefined;
  const run = new Evaluation(term, value, options, depth);
  return all(Object.keys(term.schema), (keyword) => run.answer(keyword));
}

const listTexts = new WeakMap<readonly JsonValue[], ReadonlySet<string>>();

/** An `enum` is asked about for each of its own values, so its texts are made once. */
function textsOf(list: readonly JsonValue[]): ReadonlySet<string> {
  const known = listTexts.get(list);
  if (known !== undefined) return known;
  const texts = new Set(list.map(canonicalJson));
  listTexts.set(list, texts);
  return texts;
}

class Evaluation {
  readonly #node: JsonObject;
  readonly #term: Term;
  readonly #value: JsonValue;
  readonly #options: AcceptOptions;
  readonly #depth: number;

  constructor(term: Term, value: JsonValue, options: AcceptOptions, depth: number) {
    this.#node = isJsonObject(term.schema) ? term.schema : {};
    this.#term = term;
    this.#value = value;
    this.#options = options;
    this.#depth = depth;
  }

  answer(keyword: string): Answer {
    const value = this.#value;
    const rule = this.#node[keyword] ?? null;
    const general = this.#general(keyword, rule);
    if (general !== 'other') return general;
    if (typeof value === 'number') return numberAnswer(keyword, rule, value);
    if (typeof value === 'string') return this.#string(keyword, rule, value);
    if (Array.isArray(value)) return this.#array(keyword, rule, value);
    return isJsonObject(value) ? this.#object(keyword, rule, value) : true;
  }

  #fits(schema: JsonValue | undefined, value: JsonValue): Answer {
    return accepts(this.#options.terms.of(schema, this.#term.root), value, this.#options, this.#depth + 1);
  }

  #general(keyword: string, rule: JsonValue): Answer | 'other' {
    const value = this.#value;
    const parts = Array.isArray(rule) ? rule : [];
    switch (keyword) {
      case '$ref': {
        const target = this.#options.terms.referred(this.#term);
        return target === undefined ? undefined : accepts(target, value, this.#options, this.#depth + 1);
      }
      case 'type':
        return (Array.isArray(rule) ? rule : [rule]).some((name) => this.#isOfType(name));
      case 'enum':
        return textsOf(parts).has(canonicalJson(value));
      case 'const':
        return canonicalJson(rule) === canonicalJson(value);
      case 'allOf':
        return all(parts, (part) => this.#fits(part, value));
      case 'anyOf':
        return any(parts, (part) => this.#fits(part, value));
      case 'oneOf':
        return exactlyOne(parts.map((part) => this.#fits(part, value)));
      case 'not':
        return negate(this.#fits(rule, value));
      case 'if': {
        const met = this.#fits(rule, value);
        return met === undefined ? undefined : this.#fits(this.#node[met ? 'then' : 'else'], value);
      }
      case '$dynamicRef':
      case '$recursiveRef':
        return undefined;
      default:
        return 'other';
    }
  }

  #isOfType(type: JsonValue): boolean {
    const value = this.#value;
    if (type !== 'integer') return isOfType(value, type);
    return this.#options.safeIntegers === true ? Number.isSafeInteger(value) : Number.isInteger(value);
  }

  #string(keyword: string, rule: JsonValue, value: string): Answer {
    if (keyword === 'minLength') return [...value].length >= Number(rule);
    if (keyword === 'maxLength') return [...value].length <= Number(rule);
    if (keyword === 'pattern') return safeRegExp(String(rule))?.test(value);
    const { checkFormat } = this.#options;
    return keyword === 'format' && checkFormat !== undefined && isKnownFormat(rule)
      ? checkFormat(String(rule), value)
      : true;
  }

  #array(keyword: string, rule: JsonValue, value: readonly JsonValue[]): Answer {
    const { prefixItems, minContains = 1, maxContains } = this.#node;
    const prefix = Array.isArray(prefixItems) ? prefixItems : [];
    switch (keyword) {
      case 'prefixItems':
        return all(value.slice(0, prefix.length).entries(), ([at, item]) => this.#fits(prefix[at], item));
      case 'items':
        return all(value.slice(prefix.length), (item) => this.#fits(rule, item));
      case 'contains': {
        const answers = value.map((item) => this.#fits(rule, item));
        const sure = answers.filter((answer) => answer === true).length;
        const possible = sure + answers.filter((answer) => answer === undefined).length;
        const max = Number(maxContains ?? Number.POSITIVE_INFINITY);
        if (possible < Number(minContains) || sure > max) return false;
        return sure >= Number(minContains) && possible <= max ? true : undefined;
      }
      case 'uniqueItems':
        return rule !== true || new Set(value.map(canonicalJson)).size === value.length;
      case 'minItems':
        return value.length >= Number(rule);
      case 'maxItems':
        return value.length <= Number(rule);
      case 'unevaluatedItems':
        return this.#unevaluated(keyword, rule);
      default:
        return true;
    }
  }

  #object(keyword: string, rule: JsonValue, value: JsonObject): Answer {
    const rules = isJsonObject(rule) ? Object.entries(rule) : [];
    const names = Object.keys(value);
    const has = (name: string) => Object.hasOwn(value, name);
    switch (keyword) {
      case 'properties':
        return all(rules, ([name, part]) => !has(name) || this.#fits(part, value[name] ?? null));
      case 'patternProperties':
        return all(rules, ([pattern, part]) =>
          all(names, (name) => {
            const matches = safeRegExp(pattern)?.test(name);
            return matches === false ? true : matches === undefined ? undefined : this.#fits(part, value[name] ?? null);
          }),
        );
      case 'additionalProperties':
        return all(names, (name) => {
          const covered = isCovered(this.#node, name);
          return covered === false ? this.#fits(rule, value[name] ?? null) : covered;
        });
      case 'propertyNames':
        return all(names, (name) => this.#fits(rule, name));
      case 'required':
        return !Array.isArray(rule) || rule.every((name) => has(String(name)));
      case 'minProperties':
        return names.length >= Number(rule);
      case 'maxProperties':
        return names.length <= Number(rule);
      case 'dependentRequired':
        return rules.every(
          ([name, needed]) => !has(name) || !Array.isArray(needed) || needed.every((other) => has(String(other))),
        );
      case 'dependentSchemas':
        return all(rules, ([name, part]) => !has(name) || this.#fits(part, value));
      case 'unevaluatedProperties':
        return this.#unevaluated(keyword, rule);
      default:
        return true;
    }
  }

  #unevaluated(keyword: string, rule: JsonValue): Answer {
    const isSpokenOf = spokenOf({ term: this.#term, value: this.#value, depth: this.#depth }, keyword, {
      terms: this.#options.terms,
      accepts: ({ term, value, depth }) => accepts(term, value, this.#options, depth),
      goOn: () => this.#options.goOn?.(branchWork) !== false,
    });
    return all(Object.entries(this.#value ?? {}), ([name, part]) =>
      any([() => isSpokenOf(name), () => this.#fits(rule, part)], (ask) => ask()),
    );
  }
}

function numberAnswer(keyword: string, rule: JsonValue, value: number): Answer {
  if (typeof rule !== 'number') return true;
  switch (keyword) {
    case 'minimum':
      return value >= rule;
    case 'maximum':
      return value <= rule;
    case 'exclusiveMinimum':
      return value > rule;
    case 'exclusiveMaximum':
      return value < rule;
    case 'multipleOf':
      return isMultiple(value, rule);
    default:
      return true;
  }
}

function exactlyOne(answers: readonly Answer[]): Answer {
  const sure = answers.filter((answer) => answer === true).length;
  if (sure > 1) return false;
  return answers.includes(undefined) ? undefined : sure === 1;
}

function isOfType(value: JsonValue, type: JsonValue): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isJsonObject(value);
    default:
      return typeof value === type;
  }
}

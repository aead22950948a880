import { canonicalJson } from '../../event/canonical-json.ts';
import { asObject, isJsonObject, type JsonObject, type JsonValue } from '../../event/json.ts';
import { pointerSegment } from '../../event/json-pointer.ts';
import { plainRules, schemaLists, schemaMaps, singleSchemas } from '../document/keyword-groups.ts';
import type { Term, Terms } from './facts.ts';
import type { Search } from './search.ts';

/** More changes than these are not listed; the verdict does not depend on them. */
const maxChanges = 200;
const maxDepth = 60;
/** A value longer than this is not shown in a message. */
const maxShownLength = 60;

/** A difference between two revisions. */
export interface SchemaChange {
  /** JSON Pointer into the new schema; into the old one for what is gone. */
  readonly pointer: string;
  /** What kind of change: a keyword with `-added`, `-removed`, `-widened`, `-narrowed` or `-changed`, or one of README.md. */
  readonly rule: string;
  /** The new revision refuses, or may refuse, something that the old one accepted, because of this. */
  readonly breaking: boolean;
  readonly message: string;
}

export interface Revisions {
  readonly old: Term;
  readonly next: Term;
  readonly terms: Terms;
  readonly search: Search;
  /** The verdict on the whole: when it is "yes", no change is breaking. */
  readonly compatible: boolean;
}

/** A place in both revisions. */
interface Place {
  readonly old: Term;
  readonly next: Term;
  readonly oldPointer: string;
  readonly pointer: string;
  readonly depth: number;
}

/**
 * The differences between two schemas, each where it stands. A change is breaking when a value fits the old schema of its
 * place and not the rule that the change made; when no single place explains the verdict, the root is named.
 */
export function listChanges(revisions: Revisions): SchemaChange[] {
  const walk = new Walk(revisions);
  walk.compare({ old: revisions.old, next: revisions.next, oldPointer: '', pointer: '', depth: 0 });
  const { changes } = walk;
  if (!revisions.compatible && !changes.some(({ breaking }) => breaking)) {
    const undecided = revisions.search.isContained(revisions.old, revisions.next) === undefined;
    const message = undecided
      ? 'it could not be decided whether everything that was accepted still is'
      : 'together, the changes refuse something that was accepted';
    changes.unshift({ pointer: '', rule: undecided ? 'undecided' : 'combination', breaking: true, message });
  }
  return changes.slice(0, maxChanges);
}

class Walk {
  readonly changes: SchemaChange[] = [];
  readonly #revisions: Revisions;
  readonly #seen = new Set<string>();

  constructor(revisions: Revisions) {
    this.#revisions = revisions;
  }

  compare(place: Place): void {
    const old = this.#followed(place.old, place.oldPointer);
    const next = this.#followed(place.next, place.pointer);
    if (old.term.id === next.term.id || place.depth > maxDepth || this.changes.length > maxChanges) return;
    const pair = `${old.term.id} ${next.term.id}`;
    if (this.#seen.has(pair)) return;
    this.#seen.add(pair);
    const here = { ...place, old: old.term, next: next.term, oldPointer: old.pointer, pointer: next.pointer };
    const [before, after] = [nodeOf(old.term), nodeOf(next.term)];
    if (before === undefined || after === undefined) {
      const breaking = this.#breaks(here, next.term);
      this.#add(here.pointer, breaking ? 'schema-narrowed' : 'schema-widened', breaking, 'the whole schema changed');
      return;
    }
    for (const keyword of plainRules) this.#plain(keyword, before, after, here);
    for (const keyword of schemaMaps) this.#named(keyword, before, after, here);
    for (const keyword of singleSchemas) this.#single(keyword, before, after, here);
    for (const keyword of schemaLists) this.#list(keyword, before, after, here);
  }

  /** Through references that say nothing else. */
  #followed(term: Term, pointer: string): { readonly term: Term; readonly pointer: string } {
    let [current, at] = [term, pointer];
    for (let hop = 0; hop < maxDepth; hop++) {
      const node = nodeOf(current);
      const reference = node?.['$ref'];
      const target = this.#revisions.terms.referred(current);
      if (node === undefined || target === undefined || typeof reference !== 'string') break;
      if (Object.keys(node).some((keyword) => plainRules.includes(keyword) || singleSchemas.includes(keyword))) break;
      [current, at] = [target, decodeURIComponent(reference.slice(1))];
    }
    return { term: current, pointer: at };
  }

  /** Whether some value fits the old schema of a place and breaks a rule. */
  #breaks({ old }: Place, rule: Term): boolean {
    return !this.#revisions.compatible && this.#revisions.search.isContained(old, rule) !== true;
  }

  #breaksKeyword(place: Place, keyword: string, after: JsonObject): boolean {
    return this.#breaks(place, this.#revisions.terms.of(alone(keyword, after), place.next.root));
  }

  #add(pointer: string, rule: string, breaking: boolean, message: string): void {
    this.changes.push({ pointer, rule, breaking, message });
  }

  #plain(keyword: string, before: JsonObject, after: JsonObject, place: Place): void {
    const [was, is] = [before[keyword], after[keyword]];
    if (was !== undefined && is !== undefined && canonicalJson(was) === canonicalJson(is)) return;
    if (was === undefined && is === undefined) return;
    const rule = kebab(keyword);
    if (is === undefined) {
      this.#add(`${place.oldPointer}/${keyword}`, `${rule}-removed`, false, `${keyword} ${shown(was)} is gone`);
      return;
    }
    const breaking = this.#breaksKeyword(place, keyword, after);
    const pointer = `${place.pointer}/${keyword}`;
    if (was === undefined) {
      this.#add(pointer, `${rule}-added`, breaking, `${keyword} ${shown(is)} is new`);
      return;
    }
    const direction = breaking ? 'narrowed' : this.#revisions.compatible ? 'widened' : 'changed';
    const change = Array.isArray(was) && Array.isArray(is) ? listDifference(was, is) : `${shown(was)} -> ${shown(is)}`;
    this.#add(pointer, `${rule}-${direction}`, breaking, `${keyword}: ${change}`);
  }

  #named(keyword: string, before: JsonObject, after: JsonObject, place: Place): void {
    const [was, is] = [asObject(before[keyword]), asObject(after[keyword])];
    const what = keyword === 'properties' ? 'property' : keyword === 'patternProperties' ? 'pattern' : 'dependency';
    for (const [name, part] of Object.entries(is)) {
      const segment = `${keyword}/${pointerSegment(name)}`;
      const pointer = `${place.pointer}/${segment}`;
      if (Object.hasOwn(was, name)) {
        this.#inside(place, { segment, oldSegment: segment, was: was[name] ?? null, is: part });
        continue;
      }
      const rule = this.#revisions.terms.of({ [keyword]: { [name]: part } }, place.next.root);
      this.#add(pointer, `${what}-added`, this.#breaks(place, rule), `${what} ${JSON.stringify(name)} is new`);
    }
    for (const name of Object.keys(was)) {
      if (Object.hasOwn(is, name)) continue;
      const segment = `${place.oldPointer}/${keyword}/${pointerSegment(name)}`;
      const breaking = keyword === 'properties' && this.#breaks(place, this.#namesRule(after, name, place));
      this.#add(segment, `${what}-removed`, breaking, `${what} ${JSON.stringify(name)} is gone`);
    }
  }

  /** What the new schema asks of a property that it does not declare any more. */
  #namesRule(after: JsonObject, name: string, place: Place): Term {
    const rest = Object.fromEntries(
      ['patternProperties', 'additionalProperties', 'unevaluatedProperties', 'propertyNames'].flatMap((keyword) => {
        const value = after[keyword];
        return value === undefined ? [] : [[keyword, value]];
      }),
    );
    const others = Object.keys(asObject(after['properties'])).filter((other) => other !== name);
    const declared = Object.fromEntries(others.map((other) => [other, true]));
    return this.#revisions.terms.of({ properties: declared, ...rest }, place.next.root);
  }

  #single(keyword: string, before: JsonObject, after: JsonObject, place: Place): void {
    const [was, is] = [before[keyword], after[keyword]];
    if (was !== undefined && is !== undefined && isJsonObject(was) && isJsonObject(is) && keyword !== 'not') {
      this.#inside(place, { segment: keyword, oldSegment: keyword, was, is });
    } else this.#plain(keyword, before, after, place);
  }

  #list(keyword: string, before: JsonObject, after: JsonObject, place: Place): void {
    const [was, is] = [before[keyword], after[keyword]];
    if (!Array.isArray(was) || !Array.isArray(is) || was.length !== is.length || keyword === 'oneOf') {
      this.#plain(keyword, before, after, place);
      return;
    }
    const { length } = this.changes;
    for (const [index, part] of is.entries()) {
      const segment = `${keyword}/${index}`;
      this.#inside(place, { segment, oldSegment: segment, was: was[index] ?? null, is: part });
    }
    // Branches can take over from one another: then only the whole tells.
    if (keyword === 'anyOf' && this.changes.slice(length).some(({ breaking }) => breaking)) {
      if (!this.#breaksKeyword(place, keyword, after)) this.#soften(length);
    }
  }

  #soften(from: number): void {
    const softened = this.changes.splice(from).map((change) => ({ ...change, breaking: false }));
    this.changes.push(...softened);
  }

  #inside(place: Place, at: { segment: string; oldSegment: string; was: JsonValue; is: JsonValue }): void {
    const { terms } = this.#revisions;
    this.compare({
      old: terms.of(at.was, place.old.root),
      next: terms.of(at.is, place.next.root),
      oldPointer: `${place.oldPointer}/${at.oldSegment}`,
      pointer: `${place.pointer}/${at.segment}`,
      depth: place.depth + 1,
    });
  }
}

/** A keyword with those that it cannot be understood without. */
function alone(keyword: string, node: JsonObject): JsonObject {
  const beside: Readonly<Record<string, readonly string[]>> = {
    items: ['prefixItems'],
    contains: ['minContains', 'maxContains'],
    minContains: ['contains', 'maxContains'],
    maxContains: ['contains', 'minContains'],
    if: ['then', 'else'],
    // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema
    then: ['if', 'else'],
    else: ['if', 'then'],
  };
  if (keyword === 'unevaluatedProperties' || keyword === 'unevaluatedItems') return node;
  const kept = [keyword, ...(beside[keyword] ?? [])].filter((name) => node[name] !== undefined);
  const result: { [name: string]: JsonValue } = Object.fromEntries(kept.map((name) => [name, node[name] ?? null]));
  if (keyword === 'additionalProperties') {
    for (const covering of ['properties', 'patternProperties']) {
      result[covering] = Object.fromEntries(Object.keys(asObject(node[covering])).map((name) => [name, true]));
    }
  }
  if (keyword === 'items' && Array.isArray(node['prefixItems']))
    result['prefixItems'] = node['prefixItems'].map(() => true);
  return result;
}

function nodeOf({ schema }: Term): JsonObject | undefined {
  return isJsonObject(schema) ? schema : undefined;
}

function kebab(keyword: string): string {
  return keyword.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function shown(value: JsonValue | undefined): string {
  const text = value === undefined ? '' : JSON.stringify(value);
  return text.length > maxShownLength ? `${text.slice(0, maxShownLength)}…` : text;
}

function listDifference(was: readonly JsonValue[], is: readonly JsonValue[]): string {
  const [before, after] = [new Set(was.map(canonicalJson)), new Set(is.map(canonicalJson))];
  const gained = is.filter((value) => !before.has(canonicalJson(value)));
  const lost = was.filter((value) => !after.has(canonicalJson(value)));
  const parts = [
    gained.length > 0 ? `gained ${gained.map(shown).join(', ')}` : '',
    lost.length > 0 ? `lost ${lost.map(shown).join(', ')}` : '',
  ].filter((part) => part !== '');
  return parts.length > 0 ? parts.join('; ') : 'in another order';
}

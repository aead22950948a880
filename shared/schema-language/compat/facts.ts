import { createHash } from 'node:crypto';
import { canonicalJson } from '../../event/canonical-json.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../event/json.ts';
import { localReference } from '../../event/json-pointer.ts';
import { plainRules, schemaLists, schemaMaps, singleSchemas } from '../document/keyword-groups.ts';

/** A schema in its document (JSON Schema 2020-12 with local references). Schemas that say the same have the same id. */
export interface Term {
  readonly id: number;
  readonly schema: JsonObject | boolean;
  readonly root: JsonObject | boolean;
}

/** Something known of a value: that it fits a schema, or that it does not. */
export interface Fact {
  readonly term: Term;
  readonly fits: boolean;
}

export const fits = (term: Term): Fact => ({ term, fits: true });
export const failsIn = (term: Term): Fact => ({ term, fits: false });
export const opposite = ({ term, fits: does }: Fact): Fact => ({ term, fits: !does });

/** Gives schemas their identity, by content: annotations and the spelling of references do not count. */
export interface Terms {
  of(schema: JsonValue | undefined, root: JsonObject | boolean): Term;
  /** The term that a `$ref` in `term` leads to; undefined when it leads to nothing. */
  referred(term: Term): Term | undefined;
  readonly everything: Term;
  readonly nothing: Term;
}

const maps = new Set(schemaMaps);
const lists = new Set(schemaLists);
const single = new Set(singleSchemas);
const literals = new Set(plainRules);

interface Print {
  readonly text: string;
  /** References to schemas around this one, whose meaning its own text does not tell. */
  readonly open: ReadonlySet<JsonValue>;
}

export function makeTerms(): Terms {
  const ids = new Map<string, Term>();
  const prints = new Map<JsonObject, Print>();
  const roots: (JsonObject | boolean)[] = [];
  const closed: ReadonlySet<JsonValue> = new Set();

  function print(schema: JsonValue, root: JsonObject | boolean, around: readonly JsonValue[]): Print {
    if (!isJsonObject(schema)) return { text: String(schema !== false), open: closed };
    const known = prints.get(schema);
    if (known !== undefined) return known;
    const open = new Set<JsonValue>();
    const inner = (child: JsonValue): string => {
      const printed = print(child, root, [...around, schema]);
      for (const target of printed.open) if (target !== schema) open.add(target);
      return printed.text;
    };
    const parts: string[] = [];
    for (const keyword of Object.keys(schema).sort()) {
      const text = keywordText(keyword, schema[keyword] ?? null, inner);
      if (text !== undefined) parts.push(`${keyword}=${text}`);
    }
    if (schema['$ref'] !== undefined) {
      const target = localReference(root, schema['$ref']);
      if (target === undefined) parts.push(`$ref=?${JSON.stringify(schema['$ref'])}`);
      else if (target === schema || around.includes(target)) {
        if (target !== schema) open.add(target);
        parts.push(`$ref=${JSON.stringify(schema['$ref'])}`);
      } else parts.push(`$ref=${inner(target)}`);
    }
    const made = { text: createHash('sha1').update(parts.join('\n')).digest('base64'), open };
    prints.set(schema, made);
    return made;
  }

  function of(schema: JsonValue | undefined, root: JsonObject | boolean): Term {
    const value = isJsonObject(schema) ? schema : schema !== false;
    const { text, open } = print(value, root, []);
    if (!roots.includes(root)) roots.push(root);
    // What refers to its surroundings means what they mean: in another document something else.
    const key = open.size === 0 ? text : `${text}@${roots.indexOf(root)}`;
    const known = ids.get(key);
    if (known !== undefined) return known;
    const term = { id: ids.size, schema: value, root };
    ids.set(key, term);
    return term;
  }

  return {
    of,
    referred({ schema, root }) {
      const target = isJsonObject(schema) ? localReference(root, schema['$ref']) : undefined;
      return isJsonObject(target) || typeof target === 'boolean' ? of(target, root) : undefined;
    },
    everything: of(true, true),
    nothing: of(false, false),
  };
}

function keywordText(keyword: string, value: JsonValue, inner: (child: JsonValue) => string): string | undefined {
  if (single.has(keyword)) return inner(value);
  if (lists.has(keyword)) return Array.isArray(value) ? value.map(inner).join(',') : '?';
  if (maps.has(keyword) && isJsonObject(value)) {
    const names = Object.keys(value).sort();
    return names.map((name) => `${JSON.stringify(name)}:${inner(value[name] ?? null)}`).join(',');
  }
  return literals.has(keyword) ? canonicalJson(value) : undefined;
}

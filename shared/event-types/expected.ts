import { isJsonObject, type JsonObject, type JsonValue } from '../event/json.ts';
import { safeIntegerKeyword } from './own-keywords.ts';
import { resolveNode } from './schema-node.ts';

const bounds = {
  /** Values or names that are listed. */
  maxListed: 20,
  /** Characters of one value, pattern or description. */
  maxPartLength: 160,
  /** Characters in all. */
  maxLength: 480,
  /** Schemas that are looked at for one place. */
  maxNodes: 64,
} as const;

/** Rules by which a property is refused for being there; their path is that of the object. */
const undeclaredRules = ['additionalProperties', 'unevaluatedProperties', 'propertyNames'];

/**
 * What a schema wants at a place of an event's data, in words: type, allowed values, bounds, and how it describes the
 * place. Of the schema alone, never of an event. `path` is that of a `FieldError`, which begins with `/data` and is masked.
 * Undefined where the schema says nothing of the place. Where it allows alternatives there, those are told together.
 */
export function expectedAt(schema: JsonObject, path: string, keyword: string): string | undefined {
  const [, root, ...segments] = path.split('/');
  if (root !== 'data') return undefined;
  let nodes = applying(schema, [schema]);
  for (const segment of segments) {
    const name = segment.replaceAll('~1', '/').replaceAll('~0', '~');
    nodes = applying(
      schema,
      nodes.flatMap((node) => below(node, name)),
    );
  }
  const text = undeclaredRules.includes(keyword) ? onlyDeclared(nodes) : wantedText(nodes, keyword);
  return text === '' ? undefined : cut(text, bounds.maxLength);
}

/** These schemas and those that they apply to the same value. */
function applying(root: JsonObject, found: readonly JsonValue[]): JsonObject[] {
  const all: JsonObject[] = [];
  const waiting = [...found];
  for (let next = waiting.shift(); next !== undefined && all.length < bounds.maxNodes; next = waiting.shift()) {
    const node = resolveNode(root, next);
    if (node === undefined) continue;
    all.push(node);
    for (const keyword of ['allOf', 'anyOf', 'oneOf']) waiting.push(...listOf(node[keyword]));
    for (const keyword of ['then', 'else']) if (node[keyword] !== undefined) waiting.push(node[keyword]);
  }
  return all;
}

/** What a schema says of what stands under a name, a position, or (`*`) under a name that it does not declare. */
function below(node: JsonObject, name: string): JsonValue[] {
  const { properties, additionalProperties, items, prefixItems } = node;
  if (isJsonObject(properties) && Object.hasOwn(properties, name)) return [properties[name] ?? null];
  if (name === '*') return [additionalProperties ?? null];
  if (!/^\d+$/.test(name)) return [];
  return [listOf(prefixItems)[Number(name)] ?? items ?? null];
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

function onlyDeclared(nodes: readonly JsonObject[]): string {
  const names = nodes.flatMap(({ properties }) => (isJsonObject(properties) ? Object.keys(properties) : []));
  return names.length === 0 ? '' : `no other property than ${listed(names)}`;
}

function wantedText(nodes: readonly JsonObject[], keyword: string): string {
  const only = makeOnly(nodes);
  const values = [...new Set(nodes.flatMap((node) => valuesOf(node)))];
  const types = [...new Set(nodes.flatMap(({ type }) => (Array.isArray(type) ? type : [type ?? []]).flat()))];
  const parts = [
    values.length > 0 ? `${values.length === 1 ? '' : 'one of '}${listed(values)}` : types.map(String).join(' or '),
    ...boundTexts(only),
    keyword === safeIntegerKeyword ? 'within 2^53' : '',
  ].filter((part) => part !== '');
  const description = only('description');
  const what = parts.join(', ');
  if (typeof description !== 'string' || description === '') return what;
  return what === '' ? cut(description) : `${what}: ${cut(description)}`;
}

function valuesOf({ const: only, enum: several }: JsonObject): string[] {
  if (only !== undefined) return [JSON.stringify(only)];
  return listOf(several).map((value) => JSON.stringify(value));
}

/** What a keyword says, where all schemas that have it say the same. */
type Only = (keyword: string) => JsonValue | undefined;

function makeOnly(nodes: readonly JsonObject[]): Only {
  return (keyword) => {
    const said = nodes.flatMap((node) => node[keyword] ?? []);
    const [first] = said;
    return said.every((one) => one === first) ? first : undefined;
  };
}

const limits: Readonly<Record<string, (limit: JsonValue) => string>> = {
  format: (name) => `format ${name}`,
  minimum: (limit) => `at least ${limit}`,
  exclusiveMinimum: (limit) => `more than ${limit}`,
  maximum: (limit) => `at most ${limit}`,
  exclusiveMaximum: (limit) => `less than ${limit}`,
  multipleOf: (factor) => `a multiple of ${factor}`,
  minLength: (length) => `at least ${counted(length, 'character')}`,
  maxLength: (length) => `at most ${counted(length, 'character')}`,
  pattern: (pattern) => `matching ${cut(String(pattern))}`,
  minItems: (count) => `at least ${counted(count, 'item')}`,
  maxItems: (count) => `at most ${counted(count, 'item')}`,
  uniqueItems: (unique) => (unique === true ? 'no item twice' : ''),
  minProperties: (count) => `at least ${count} of its properties`,
  maxProperties: (count) => `at most ${count} of its properties`,
};

function boundTexts(only: Only): string[] {
  return Object.entries(limits).flatMap(([keyword, text]) => {
    const limit = only(keyword);
    return limit === undefined || typeof limit === 'object' ? [] : [text(limit)];
  });
}

function counted(count: JsonValue, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function listed(texts: readonly string[]): string {
  const names = [...new Set(texts)];
  const more = names.length - bounds.maxListed;
  const told = names.slice(0, bounds.maxListed).map((text) => cut(text));
  return more > 0 ? `${told.join(', ')} and ${more} more` : told.join(', ');
}

function cut(text: string, maxLength: number = bounds.maxPartLength): string {
  return text.length <= maxLength ? text : `${text.slice(0, maxLength - 1).toWellFormed()}…`;
}

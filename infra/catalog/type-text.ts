import type { JsonObject, JsonValue } from '../../shared/event/json.ts';
import { isJsonObject } from '../../shared/event/json.ts';
import { nodeTypes, resolveNode, withoutNullBranch } from '../../shared/event-types/schema-node.ts';

/** Deeper, an array or map is named without what is in it. */
const maxTypeDepth = 4;

/** The type of a property in words: `string (date-time)`, `array of integer`, `map of string or null`. */
export function typeText(root: JsonObject, node: JsonObject, depth = 0): string {
  const single = withoutNullBranch(root, node);
  if (single === undefined) return branchText(root, node, depth);
  const { types = new Set<string>(), nullable = false } = nodeTypes(single) ?? {};
  const names = [...types].map((type) => nameOf(root, single, { type, depth }));
  const isNullable = nullable || (single !== node && names.length > 0);
  if (names.length === 0) return isNullable ? 'null' : 'any JSON';
  return [...names, ...(isNullable ? ['null'] : [])].join(' or ');
}

function branchText(root: JsonObject, node: JsonObject, depth: number): string {
  const { anyOf, oneOf } = node;
  const branches = anyOf ?? oneOf;
  if (!Array.isArray(branches) || depth >= maxTypeDepth) return 'any JSON';
  const texts = branches.map((branch) => {
    const resolved = resolveNode(root, branch);
    return resolved === undefined ? 'any JSON' : typeText(root, resolved, depth + 1);
  });
  return [...new Set(texts)].join(' or ');
}

function nameOf(root: JsonObject, node: JsonObject, { type, depth }: { type: string; depth: number }): string {
  const { format, items, additionalProperties, properties } = node;
  if (type === 'string' && typeof format === 'string') return `string (${format})`;
  if (depth >= maxTypeDepth) return type;
  if (type === 'array') {
    const item = resolveNode(root, items);
    if (item === undefined) return 'array';
    const text = typeText(root, item, depth + 1);
    return text.includes(' or ') ? `array of (${text})` : `array of ${text}`;
  }
  if (type === 'object' && properties === undefined) {
    const value = resolveNode(root, additionalProperties);
    return value === undefined ? 'map' : `map of ${typeText(root, value, depth + 1)}`;
  }
  return type;
}

/** The keywords that bound a size, in pairs, with what is counted. */
const sizes = [
  ['minLength', 'maxLength', 'character'],
  ['minItems', 'maxItems', 'item'],
  ['minProperties', 'maxProperties', 'entry'],
] as const;

/** The keywords that bound a number, each with how it is said. */
const bounds = [
  ['minimum', 'at least'],
  ['exclusiveMinimum', 'above'],
  ['maximum', 'at most'],
  ['exclusiveMaximum', 'below'],
  ['multipleOf', 'a multiple of'],
] as const;

/** What the schema demands of a value beside its type, in words; also of the items of an array. */
export function constraintTexts(root: JsonObject, node: JsonObject): string[] {
  const single = withoutNullBranch(root, node) ?? node;
  const texts = ownConstraints(single);
  const items = resolveNode(root, single['items']);
  if (items !== undefined && !isJsonObject(items['properties'])) {
    texts.push(...ownConstraints(withoutNullBranch(root, items) ?? items).map((text) => `each item: ${text}`));
  }
  return texts;
}

function ownConstraints(node: JsonObject): string[] {
  const texts: string[] = [];
  const { enum: values, const: constant, pattern, uniqueItems } = node;
  if (Array.isArray(values)) texts.push(`one of ${values.map(literal).join(', ')}`);
  if (constant !== undefined) texts.push(`always ${literal(constant)}`);
  texts.push(...boundTexts(node), ...sizeTexts(node));
  if (typeof pattern === 'string') texts.push(`matches ${pattern}`);
  if (uniqueItems === true) texts.push('no item twice');
  return texts;
}

function boundTexts(node: JsonObject): string[] {
  const { minimum, maximum } = node;
  if (typeof minimum === 'number' && typeof maximum === 'number') return [`${minimum} to ${maximum}`];
  return bounds.flatMap(([keyword, words]) => (typeof node[keyword] === 'number' ? [`${words} ${node[keyword]}`] : []));
}

function sizeTexts(node: JsonObject): string[] {
  return sizes.flatMap(([minKeyword, maxKeyword, noun]) => {
    const [min, max] = [node[minKeyword], node[maxKeyword]];
    const nouns = noun === 'entry' ? 'entries' : `${noun}s`;
    if (typeof max === 'number')
      return [typeof min === 'number' ? `${min} to ${max} ${nouns}` : `at most ${max} ${nouns}`];
    return typeof min === 'number' ? [`at least ${min} ${min === 1 ? noun : nouns}`] : [];
  });
}

function literal(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

import type { JsonObject, JsonValue } from '../../shared/event/json.ts';
import { isClosed, mergeProperties } from '../../shared/event-types/mapping/properties.ts';
import { certainty, kindNames, onePart, type Shape } from '../../shared/event-types/mapping/shape.ts';

/** Deeper, an array or map is named without what is in it. */
const maxTypeDepth = 4;

/** The type of a property in words: `string (date-time)`, `array of integer`, `map of string or null`. */
export function typeText(shape: Shape, depth = 0): string {
  if (shape.certainty === certainty.nothing) return 'any JSON';
  const names = kindNames(shape).map((kind) => nameOf(shape, kind, depth));
  return [...names, ...(shape.kinds.has('null') ? ['null'] : [])].join(' or ') || 'nothing';
}

function nameOf({ format, array, object }: Shape, kind: string, depth: number): string {
  if (kind === 'string' && format !== undefined) return `string (${format})`;
  if (depth >= maxTypeDepth) return kind;
  if (kind === 'array') {
    if (array.items === undefined || array.positions.length > 0) return kind;
    const text = typeText(array.items.shape(), depth + 1);
    return text.includes(' or ') ? `array of (${text})` : `array of ${text}`;
  }
  if (kind !== 'object' || mergeProperties(object, 'exact').size > 0 || isClosed(object)) return kind;
  const values = onePart(object.extras);
  return values === undefined ? 'map' : `map of ${typeText(values.shape(), depth + 1)}`;
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

/** What the schema demands of every value beside its type, in words; also of the items of an array. */
export function constraintTexts({ rules, array }: Shape): string[] {
  const items = array.items?.shape();
  const ofItems = items === undefined || items.object.properties.size > 0 ? [] : [...items.rules];
  const texts = [
    ...[...rules].flatMap(ownConstraints),
    ...ofItems.flatMap(ownConstraints).map((text) => `each item: ${text}`),
  ];
  return [...new Set(texts)];
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

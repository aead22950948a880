import { isJsonObject, type JsonObject, type JsonValue } from '../../event/json.ts';
import { pointerSegment } from '../../event/json-pointer.ts';
import { type DraftReading, ignoresBesideRef, isNewer } from './draft.ts';
import { definitionMaps, schemaLists, schemaMaps, singleSchemas } from './keyword-groups.ts';

/** A schema inside a schema: where it stood, and where it stands in JSON Schema 2020-12. Paths begin with `/`. */
export interface Subschema {
  readonly value: JsonValue;
  readonly from: string;
  readonly to: string;
}

/** One keyword in JSON Schema 2020-12: its value as it is, or made of subschemas. */
export interface ModernKeyword {
  readonly keyword: string;
  readonly content:
    | { readonly kind: 'literal'; readonly value: JsonValue }
    | { readonly kind: 'schema'; readonly schema: Subschema }
    | { readonly kind: 'list'; readonly schemas: readonly Subschema[] }
    | { readonly kind: 'map'; readonly schemas: ReadonlyMap<string, Subschema> };
}

const maps = new Set([...schemaMaps, ...definitionMaps]);
const lists = new Set(schemaLists);
const single = new Set([...singleSchemas, 'contentSchema']);
/** Names and addresses: references are made pointers, so that nothing has to be looked up by name any more. */
const addresses = new Set(['$schema', '$id', '$anchor', '$dynamicAnchor', '$recursiveAnchor', '$vocabulary']);
/** What may stand beside a `$ref` of an older draft without being a rule. */
const besideRef = new Set(
  '$ref $defs definitions $comment title description default examples deprecated edi treatment notPersonal'.split(' '),
);

/** The keywords of a node as JSON Schema 2020-12 has them, whatever the draft that it was written in. */
export function modernKeywords(node: JsonObject, reading: DraftReading): ModernKeyword[] {
  const alone = typeof node['$ref'] === 'string' && ignoresBesideRef(reading);
  return Object.entries(node).flatMap(([keyword, value]) => {
    if (addresses.has(keyword) || isNewer(keyword, reading) || (alone && !besideRef.has(keyword))) return [];
    return modernKeyword(node, keyword, value, reading);
  });
}

function modernKeyword(
  node: JsonObject,
  keyword: string,
  value: JsonValue,
  { draft, named, containsIsSilent }: DraftReading,
): ModernKeyword[] {
  switch (keyword) {
    case 'contains':
      return [schema('contains', keyword, value, containsIsSilent === true ? silentPlace(node) : '')];
    case 'id':
      return (draft === '04' || !named) && typeof value === 'string' ? [] : [literal(keyword, value)];
    case 'items':
      // A list of schemas was a tuple until 2019-09, which later drafts call `prefixItems`.
      return [Array.isArray(value) ? list('prefixItems', keyword, value) : schema('items', keyword, value)];
    case 'additionalItems':
      return Array.isArray(node['items']) ? [schema('items', keyword, value)] : [];
    case 'dependencies':
      return isJsonObject(value) ? dependencies(node, value) : [literal(keyword, value)];
    case 'minimum':
    case 'maximum':
      return node[exclusiveOf(keyword)] === true ? [] : [literal(keyword, value)];
    case 'exclusiveMinimum':
    case 'exclusiveMaximum': {
      if (typeof value !== 'boolean') return [literal(keyword, value)];
      const bound = node[keyword === 'exclusiveMinimum' ? 'minimum' : 'maximum'];
      return value && bound !== undefined ? [literal(keyword, bound)] : [];
    }
    case '$recursiveRef':
    case '$dynamicRef':
      return [literal('$dynamicRef', value)];
    default:
      return [plainKeyword(keyword, value)];
  }
}

/** Where a `contains` goes that tells `unevaluatedItems` nothing. */
function silentPlace({ allOf }: JsonObject): string {
  return `/allOf/${Array.isArray(allOf) ? allOf.length : 0}/not/not`;
}

/** Puts a `contains` there: it asks the same, and `not` passes on nothing of what was spoken of. */
export function silenceContains(node: { [keyword: string]: JsonValue }): void {
  const { contains, minContains, maxContains, allOf } = node;
  if (contains === undefined) return;
  const bounds = Object.entries({ minContains, maxContains }).filter(([, bound]) => bound !== undefined);
  for (const keyword of ['contains', 'minContains', 'maxContains']) delete node[keyword];
  const silent = { not: { not: { contains, ...Object.fromEntries(bounds) } } };
  node['allOf'] = [...(Array.isArray(allOf) ? allOf : []), silent];
}

function exclusiveOf(keyword: 'minimum' | 'maximum'): string {
  return keyword === 'minimum' ? 'exclusiveMinimum' : 'exclusiveMaximum';
}

function plainKeyword(keyword: string, value: JsonValue): ModernKeyword {
  if (maps.has(keyword) && isJsonObject(value)) return map(keyword, keyword, Object.entries(value));
  if (lists.has(keyword) && Array.isArray(value)) return list(keyword, keyword, value);
  if (single.has(keyword)) return schema(keyword, keyword, value);
  return literal(keyword, value);
}

/** `dependencies` became two keywords in 2019-09. What stands in those beside it is kept. */
function dependencies(node: JsonObject, value: JsonObject): ModernKeyword[] {
  const entries = Object.entries(value);
  const names = entries.filter(([, dependency]) => Array.isArray(dependency));
  const schemas = entries.filter(([, dependency]) => !Array.isArray(dependency));
  const made: ModernKeyword[] = [];
  if (names.length > 0 && node['dependentRequired'] === undefined) {
    made.push(literal('dependentRequired', Object.fromEntries(names)));
  }
  if (schemas.length > 0 && node['dependentSchemas'] === undefined) {
    made.push(map('dependentSchemas', 'dependencies', schemas));
  }
  return made;
}

function literal(keyword: string, value: JsonValue): ModernKeyword {
  return { keyword, content: { kind: 'literal', value } };
}

function schema(keyword: string, from: string, value: JsonValue, below = ''): ModernKeyword {
  return { keyword, content: { kind: 'schema', schema: { value, from: `/${from}`, to: `${below}/${keyword}` } } };
}

function list(keyword: string, from: string, values: readonly JsonValue[]): ModernKeyword {
  const schemas = values.map((value, index) => ({ value, from: `/${from}/${index}`, to: `/${keyword}/${index}` }));
  return { keyword, content: { kind: 'list', schemas } };
}

function map(keyword: string, from: string, entries: readonly (readonly [string, JsonValue])[]): ModernKeyword {
  const schemas = entries.map(([name, value]): [string, Subschema] => {
    const segment = pointerSegment(name);
    return [name, { value, from: `/${from}/${segment}`, to: `/${keyword}/${segment}` }];
  });
  return { keyword, content: { kind: 'map', schemas: new Map(schemas) } };
}

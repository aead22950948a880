import { asList, isJsonObject, type JsonObject, type JsonValue } from '../../event/json.ts';
import { referredNode } from '../../event-types/schema-node.ts';
import { quoted } from './type-text.ts';
import {
  type Alternative,
  anyArray,
  anyObject,
  anyValue,
  both,
  eachOf,
  either,
  type ObjectType,
  type Others,
  opened,
  type PropertyType,
  typeOfOthers,
  type ValueType,
} from './value-type.ts';

/** Schemas nest less; types below are `unknown`. */
const maxDepth = 40;

/** Beside a reference these say nothing about values. */
const annotations = new Set(
  '$ref $comment title description default examples deprecated treatment notPersonal'.split(' '),
);

interface TypeReader {
  /** `closing`: something around it closes what no schema speaks of, so that what speaks of nothing counts. */
  read(node: JsonValue | undefined, options?: { readonly closing?: boolean }): ValueType;
}

/**
 * Reads types from the schemas of one document. `nameOf` gives a definition that is referred to a name of its own; without
 * it, what is referred to is written out. What a type cannot say (bounds, patterns, formats, conditions) is left out.
 */
export function makeTypeReader(
  root: JsonObject,
  nameOf?: (target: JsonObject, reference: string) => string,
): TypeReader {
  const known = [new Map<JsonObject, ValueType>(), new Map<JsonObject, ValueType>()] as const;
  const reading = new Set<JsonObject>();

  function read(node: JsonValue | undefined, { closing = false } = {}): ValueType {
    if (node === false) return [];
    if (!isJsonObject(node)) return anyValue;
    const memory = closing ? known[1] : known[0];
    const found = memory.get(node);
    if (found !== undefined) return found;
    if (reading.has(node) || reading.size > maxDepth) return anyValue;
    reading.add(node);
    const type = readNode(node, closing || node['unevaluatedProperties'] !== undefined);
    reading.delete(node);
    memory.set(node, type);
    return type;
  }

  function readNode(node: JsonObject, closing: boolean): ValueType {
    const target = referredNode(root, node);
    const isAlone = Object.keys(node).every((keyword) => annotations.has(keyword));
    if (target !== undefined && isAlone && nameOf !== undefined) {
      return [{ kind: 'named', name: nameOf(target, String(node['$ref'])), of: () => read(target, { closing }) }];
    }
    let type = ownType(node);
    const and = (other: ValueType) => {
      type = both(type, other);
    };
    if (target !== undefined) and(read(target, { closing }));
    for (const part of asList(node['allOf'])) and(read(part, { closing }));
    for (const keyword of ['anyOf', 'oneOf']) {
      const branches = asList(node[keyword]).map((part) => read(part, { closing }));
      if (branches.length > 0) and(closing ? eachOf(branches) : either(withoutSilent(branches)));
    }
    for (const condition of conditions(node, closing)) and(condition);
    return closed(node, type);
  }

  /** What `if` and `dependentSchemas` say, where that counts: as far as properties are concerned. */
  function conditions(node: JsonObject, closing: boolean): ValueType[] {
    const found: ValueType[] = [];
    const { if: condition, then, else: otherwise } = node;
    if (condition !== undefined && (closing || (then !== undefined && otherwise !== undefined))) {
      const met = both(read(condition, { closing }), read(then, { closing }));
      const unmet = read(otherwise, { closing });
      found.push(closing ? eachOf([met, unmet]) : either([met, unmet]));
    }
    if (!closing || !isJsonObject(node['dependentSchemas'])) return found;
    return [
      ...found,
      ...Object.values(node['dependentSchemas']).map((part) => eachOf([read(part, { closing }), anyValue])),
    ];
  }

  /** `unevaluatedProperties` and `unevaluatedItems` speak of what nothing else spoke of. */
  function closed(node: JsonObject, type: ValueType): ValueType {
    const { unevaluatedProperties, unevaluatedItems } = node;
    if (unevaluatedProperties === undefined && unevaluatedItems === undefined) return type;
    const spoken = (others: Others, rest: JsonValue | undefined): Others =>
      others === 'unsaid' && rest !== undefined ? othersOf(rest) : others;
    return opened(type).flatMap((one): Alternative[] => {
      if (one.kind === 'object') {
        const object = withOthers(one.object.properties, spoken(one.object.others, unevaluatedProperties));
        const isSharing = one.object.others !== 'none' || one.object.isSharing === true;
        return object === undefined ? [] : [{ kind: 'object', object: { ...object, isSharing } }];
      }
      if (one.kind !== 'array' || node['contains'] !== undefined) return [one];
      return [{ kind: 'array', array: { ...one.array, others: spoken(one.array.others, unevaluatedItems) } }];
    });
  }

  function ownType(node: JsonObject): ValueType {
    const { type, enum: list, const: only } = node;
    const names = typeof type === 'string' ? [type] : Array.isArray(type) ? type : undefined;
    const kinds = new Set(names?.map((name) => (name === 'integer' ? 'number' : name)));
    const allowed = names === undefined ? anyValue : anyValue.filter(({ kind }) => kinds.has(kind));
    const described = allowed.flatMap((one): Alternative[] => {
      if (one.kind === 'array') return [speaksOfItems(node) ? arrayType(node) : one];
      if (one.kind !== 'object' || !speaksOfObjects(node)) return [one];
      const object = objectType(node);
      return object === undefined ? [] : [{ kind: 'object', object }];
    });
    const isSilent = names === undefined && described.every((one, at) => one === anyValue[at]);
    let result: ValueType = isSilent ? anyValue : described;
    if (Array.isArray(list)) result = both(result, either(list.map(literalType)));
    return only === undefined ? result : both(result, literalType(only));
  }

  function objectType(node: JsonObject): ObjectType | undefined {
    const declared = isJsonObject(node['properties']) ? node['properties'] : {};
    const required = new Set(asList(node['required']).filter((name) => typeof name === 'string'));
    const properties = new Map<string, PropertyType>();
    const others = additionalType(node);
    for (const [name, part] of Object.entries(declared)) {
      const described = isJsonObject(part) ? (part['description'] ?? referredNode(root, part)?.['description']) : '';
      const description = typeof described === 'string' && described !== '' ? { description: described } : {};
      properties.set(name, { type: read(part), required: required.has(name), ...description });
    }
    for (const name of required.difference(properties)) {
      properties.set(name, { type: anyValue, required: true, isUndeclared: true });
    }
    return withOthers(properties, others);
  }

  function additionalType({ patternProperties, additionalProperties }: JsonObject): Others {
    const patterns = isJsonObject(patternProperties) ? Object.values(patternProperties) : [];
    const others = additionalProperties === undefined ? 'unsaid' : othersOf(additionalProperties);
    if (patterns.length === 0) return others;
    if (others === 'unsaid' || others === 'any') return 'any';
    return either([...patterns.map((part) => read(part)), ...(others === 'none' ? [] : [others])]);
  }

  function othersOf(schema: JsonValue): Others {
    const type = read(schema);
    if (type === anyValue) return 'any';
    return type.length === 0 ? 'none' : type;
  }

  function arrayType({ prefixItems, items, minItems }: JsonObject): Alternative {
    const first = asList(prefixItems).map((part) => read(part));
    const min = typeof minItems === 'number' ? minItems : 0;
    const impossible = first.findIndex((item) => item.length === 0);
    const others = items === undefined ? 'unsaid' : othersOf(items);
    if (impossible < 0) return { kind: 'array', array: { first, min, others } };
    return { kind: 'array', array: { first: first.slice(0, impossible), min, others: 'none' } };
  }

  return { read };
}

/** What is required without being declared is what others may be: where that is nothing, there is no such object. */
function withOthers(declared: ReadonlyMap<string, PropertyType>, others: Others): ObjectType | undefined {
  const rest = typeOfOthers(others);
  const properties = new Map<string, PropertyType>();
  for (const [name, property] of declared) {
    if (rest.length === 0 && property.isUndeclared) return undefined;
    properties.set(name, property.isUndeclared ? { ...property, type: both(property.type, rest) } : property);
  }
  return { properties, others };
}

function speaksOfObjects(node: JsonObject): boolean {
  return ['properties', 'required', 'additionalProperties', 'patternProperties'].some(
    (keyword) => node[keyword] !== undefined,
  );
}

function speaksOfItems(node: JsonObject): boolean {
  return ['items', 'prefixItems', 'minItems'].some((keyword) => node[keyword] !== undefined);
}

/** Beside an alternative that says nothing of objects, what others say of them does not bind. */
function withoutSilent(branches: readonly ValueType[]): readonly ValueType[] {
  return branches.some((branch) => branch.some((one) => one.kind === 'object' && one.object === anyObject))
    ? branches.map((branch) => branch.map((one) => (one.kind === 'object' ? openObject : one)))
    : branches;
}

const openObject: Alternative = { kind: 'object', object: anyObject };

function literalType(value: JsonValue): ValueType {
  if (value === null) return [{ kind: 'null' }];
  if (typeof value === 'string') return [{ kind: 'string', literals: new Set([quoted(value)]) }];
  if (typeof value === 'number') return [{ kind: 'number', literals: new Set([String(value)]) }];
  if (typeof value === 'boolean') return [{ kind: 'boolean', literals: new Set([String(value)]) }];
  if (Array.isArray(value)) {
    const first = value.map(literalType);
    return [{ kind: 'array', array: { ...anyArray, first, min: first.length, others: 'none' } }];
  }
  const properties = Object.entries(value).map(([name, part]): [string, PropertyType] => [
    name,
    { type: literalType(part), required: true },
  ]);
  return [{ kind: 'object', object: { properties: new Map(properties), others: 'none' } }];
}

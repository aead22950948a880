import { asList, asObject, isJsonObject, type JsonObject, type JsonValue } from '../../event/json.ts';
import { fragmentText, localReference, pointerSegment } from '../../event/json-pointer.ts';
import {
  type ArrayShape,
  anything,
  type Certainty,
  certainty,
  join,
  type Kind,
  lazily,
  meet,
  noArray,
  noObject,
  nothing,
  type ObjectShape,
  type Part,
  type Shape,
} from './shape.ts';

/** Reads the shapes of one document, in JSON Schema 2020-12, whose references are JSON Pointers into itself. */
export interface ShapeReader {
  read(node: JsonValue | undefined, pointer: string): Shape;
}

interface Site {
  readonly node: JsonObject;
  readonly pointer: string;
}

/** Keywords that say something of one kind only. */
const telltales: readonly (readonly [readonly string[], readonly Kind[]])[] = [
  [['properties', 'patternProperties', 'required', 'additionalProperties'], ['object']],
  [['items', 'prefixItems', 'minItems', 'maxItems', 'uniqueItems', 'contains'], ['array']],
  [['format', 'pattern', 'minLength', 'maxLength', 'contentEncoding', 'contentMediaType'], ['string']],
  [
    ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
    ['integer', 'fraction'],
  ],
];

const kindsByType: Readonly<Record<string, readonly Kind[]>> = {
  null: ['null'],
  boolean: ['boolean'],
  integer: ['integer'],
  number: ['integer', 'fraction'],
  string: ['string'],
  object: ['object'],
  array: ['array'],
};

/** `guessing`: read a schema without `type` as the kind that its keywords are for, as most authors mean it. */
export function makeShapeReader(root: JsonValue, { guessing }: { readonly guessing: boolean }): ShapeReader {
  const shapes = new Map<JsonObject, Shape | 'being read'>();

  function read(node: JsonValue | undefined, pointer: string): Shape {
    if (node === false) return nothing;
    if (!isJsonObject(node))
      return node === true || node === undefined ? anything : { ...anything, badReference: true };
    const known = shapes.get(node);
    // A schema that refers to itself without a property or item in between says nothing by that.
    if (known === 'being read') return { ...anything, badReference: true };
    if (known !== undefined) return known;
    shapes.set(node, 'being read');
    const shape = readNode({ node, pointer });
    shapes.set(node, shape);
    return shape;
  }

  function readNode(site: Site): Shape {
    const { node, pointer } = site;
    let shape: Shape = {
      ...ownKinds(node, guessing),
      ...ownLimits(node),
      treatments: node['treatment'] === undefined ? [] : [node['treatment']],
      object: ownObject(site),
      array: ownArray(site),
      nodes: new Set([node]),
      rules: new Set([node]),
    };
    if (node['$ref'] !== undefined) shape = meet(shape, referred(node['$ref']));
    for (const [index, branch] of asList(node['allOf']).entries()) {
      shape = meet(shape, read(branch, `${pointer}/allOf/${index}`));
    }
    for (const keyword of ['anyOf', 'oneOf'] as const) {
      const branches = asList(node[keyword]).map((branch, index) => read(branch, `${pointer}/${keyword}/${index}`));
      if (branches.length > 0) shape = meet(shape, join(branches, 'choice'));
    }
    return meet(shape, conditions(site));
  }

  function conditions({ node, pointer }: Site): Shape {
    let shape: Shape = anything;
    if (node['if'] !== undefined) {
      const outcomes = ['then', 'else'].map((keyword) => read(node[keyword], `${pointer}/${keyword}`));
      shape = meet(shape, join(outcomes, 'condition'));
    }
    for (const [name, dependent] of Object.entries(asObject(node['dependentSchemas']))) {
      const at = `${pointer}/dependentSchemas/${pointerSegment(name)}`;
      shape = meet(shape, join([read(dependent, at), anything], 'condition'));
    }
    return shape;
  }

  function referred(reference: JsonValue): Shape {
    const target = localReference(root, reference);
    const path = target === undefined ? undefined : fragmentText(String(reference).slice(1));
    return path === undefined ? { ...anything, badReference: true } : read(target, path);
  }

  function part(owner: Site, path: string, node: JsonValue): Part {
    const pointer = `${owner.pointer}/${path}`;
    return { pointer, declaredAt: new Set([owner.pointer]), shape: lazily(() => read(node, pointer)) };
  }

  function ownObject(site: Site): ObjectShape {
    const { node } = site;
    const additional = node['additionalProperties'] ?? node['unevaluatedProperties'];
    const keyword = node['additionalProperties'] === undefined ? 'unevaluatedProperties' : 'additionalProperties';
    const extras = Object.entries(asObject(node['patternProperties'])).map(([name, value]) =>
      part(site, `patternProperties/${pointerSegment(name)}`, value),
    );
    if (isJsonObject(additional) && Object.keys(additional).length > 0) extras.push(part(site, keyword, additional));
    const open =
      additional === undefined ||
      additional === true ||
      (isJsonObject(additional) && Object.keys(additional).length === 0) ||
      (keyword === 'unevaluatedProperties' && neighboursEvaluate(node, new Set()));
    const declared = Object.entries(asObject(node['properties'])).map(([name, value]): [string, Part] => [
      name,
      part(site, `properties/${pointerSegment(name)}`, value),
    ]);
    const required = new Set(asList(node['required']).filter((name) => typeof name === 'string'));
    const names = isJsonObject(node['propertyNames'])
      ? { names: part(site, 'propertyNames', node['propertyNames']) }
      : undefined;
    if (declared.length === 0 && required.size === 0 && extras.length === 0 && open && !names) return noObject;
    return { properties: new Map(declared), required, choices: [], extras, open, ...names };
  }

  /**
   * Whether what stands beside `unevaluatedProperties` lets pass properties that are not among those that are mapped: by
   * patterns, as additional ones, or by an `if`, which declares without demanding.
   */
  function neighboursEvaluate(node: JsonObject, seen: Set<JsonObject>): boolean {
    if (node['if'] !== undefined) return true;
    return besides(node).some((other) => {
      if (seen.has(other)) return false;
      seen.add(other);
      const { patternProperties, additionalProperties = false, unevaluatedProperties = false } = other;
      const evaluates =
        patternProperties !== undefined || additionalProperties !== false || unevaluatedProperties !== false;
      return evaluates || neighboursEvaluate(other, seen);
    });
  }

  /** The schemas that may hold for the same value as the node's. */
  function besides(node: JsonObject): JsonObject[] {
    const dependents = Object.values(asObject(node['dependentSchemas']));
    const combined = ['allOf', 'anyOf', 'oneOf'].flatMap((keyword) => asList(node[keyword]));
    return [...combined, node['then'], node['else'], ...dependents, localReference(root, node['$ref'])].filter(
      isJsonObject,
    );
  }

  function ownArray(site: Site): ArrayShape {
    const { items, prefixItems } = site.node;
    const positions = asList(prefixItems).map((value, at) => part(site, `prefixItems/${at}`, value));
    if (items === undefined || items === true) return positions.length > 0 ? { positions } : noArray;
    return { items: part(site, 'items', items), positions };
  }

  return { read };
}

function ownKinds(node: JsonObject, guessing: boolean): { kinds: ReadonlySet<Kind>; certainty: Certainty } {
  const { type } = node;
  const names = typeof type === 'string' ? [type] : Array.isArray(type) ? type : undefined;
  if (names !== undefined) {
    const kinds = names.flatMap((name) => (typeof name === 'string' ? (kindsByType[name] ?? []) : []));
    return { kinds: new Set(kinds), certainty: certainty.type };
  }
  const values = Array.isArray(node['enum']) ? node['enum'] : node['const'] === undefined ? [] : [node['const']];
  if (values.length > 0) return { kinds: new Set(values.flatMap(kindsOfValue)), certainty: certainty.values };
  const hints = guessing
    ? telltales.filter(([keywords]) => keywords.some((keyword) => node[keyword] !== undefined))
    : [];
  const [hint] = hints;
  if (hint !== undefined && hints.length === 1) return { kinds: new Set(hint[1]), certainty: certainty.keywords };
  return anything;
}

function kindsOfValue(value: JsonValue): Kind[] {
  if (value === null) return ['null'];
  if (Array.isArray(value)) return ['array'];
  // An integer that no INT64 surely holds is for FLOAT64.
  if (typeof value === 'number') return Number.isSafeInteger(value) ? ['integer'] : ['integer', 'fraction'];
  if (typeof value === 'object') return ['object'];
  return typeof value === 'string' ? ['string'] : ['boolean'];
}

function ownLimits(node: JsonObject): Partial<Shape> {
  const { format, description, notPersonal } = node;
  const minimum = numbersOf(node['minimum'], node['exclusiveMinimum']);
  const maximum = numbersOf(node['maximum'], node['exclusiveMaximum']);
  return {
    ...(typeof format === 'string' ? { format } : {}),
    ...(typeof description === 'string' ? { description } : {}),
    ...(Array.isArray(node['enum']) || node['const'] !== undefined ? { isListed: true } : {}),
    ...(typeof notPersonal === 'string' ? { waiver: notPersonal } : {}),
    ...(minimum.length > 0 ? { minimum: Math.max(...minimum) } : {}),
    ...(maximum.length > 0 ? { maximum: Math.min(...maximum) } : {}),
  };
}

function numbersOf(...values: (JsonValue | undefined)[]): number[] {
  return values.filter((value) => typeof value === 'number');
}

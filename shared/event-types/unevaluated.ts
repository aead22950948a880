import type { Ajv2020, ValidateFunction } from 'ajv/dist/2020.js';
import { asList, asObject, isJsonObject, type JsonObject, type JsonValue } from '../event/json.ts';
import { localReference } from '../event/json-pointer.ts';
import { schemaPlaces } from './schema-places.ts';

type Fits = (value: JsonValue) => boolean;

/** Which properties or items the schemas of one value speak of (JSON Schema 2020-12 core section 11). */
interface Spoken {
  all: boolean;
  readonly names: Set<string>;
  readonly patterns: RegExp[];
  /** Items from the first on. */
  prefix: number;
  /** Items that fit one of these. */
  readonly contained: Fits[];
  /** What schemas speak of that apply to some values only. */
  readonly branches: { readonly applies: Fits; readonly spoken: () => Spoken }[];
}

type Kind = 'properties' | 'items';

/**
 * Replaces ajv's `unevaluatedProperties` and `unevaluatedItems`. Ajv 8 keeps account of what was evaluated in variables
 * of its generated code, which are not always set where they are read: `patternProperties` beside an `if` in an `allOf`
 * throws at every event, also without any `unevaluated` keyword. So that account is switched off, and a schema that
 * needs one gets it here. `root` is what is compiled; then the answer makes the code of the parts that are asked about.
 */
export function replaceUnevaluated(ajv: Ajv2020, root: JsonObject): () => void {
  ajv.opts.unevaluated = false;
  const reader = new SpokenReader(ajv, root);
  for (const kind of ['properties', 'items'] as const) {
    const keyword = kind === 'properties' ? 'unevaluatedProperties' : 'unevaluatedItems';
    ajv.removeKeyword(keyword);
    ajv.addKeyword({
      keyword,
      type: kind === 'properties' ? 'object' : 'array',
      schemaType: ['boolean', 'object'],
      compile: (rule: JsonObject | boolean, node: JsonObject) => {
        if (rule === true) return () => true;
        const spoken = reader.read(node, kind);
        const fits = reader.fits(rule);
        return (value: { readonly [name: string]: JsonValue }) => {
          const parts = spoken.branches.length > 0 ? applicable(spoken, value, []) : [spoken];
          for (const name in value) {
            const part = value[name] ?? null;
            if (!parts.some((one) => speaksOf(one, name, part)) && !fits(part)) return false;
          }
          return true;
        };
      },
      errors: false,
    });
  }
  return () => reader.makeAll();
}

function applicable(spoken: Spoken, value: JsonValue, parts: Spoken[]): Spoken[] {
  parts.push(spoken);
  for (const branch of spoken.branches) if (branch.applies(value)) applicable(branch.spoken(), value, parts);
  return parts;
}

function speaksOf(spoken: Spoken, name: string, value: JsonValue): boolean {
  if (spoken.all || spoken.names.has(name) || (spoken.prefix > 0 && Number(name) < spoken.prefix)) return true;
  return spoken.patterns.some((pattern) => pattern.test(name)) || spoken.contained.some((fits) => fits(value));
}

class SpokenReader {
  readonly #ajv: Ajv2020;
  readonly #root: JsonObject;
  /** What `ajv` knows the document by, once it does. */
  #key: string | undefined;
  #pointers: ReadonlyMap<JsonObject, string> | undefined;
  readonly #fits = new Map<JsonObject, Fits>();
  readonly #spokenOf = { properties: new Map<JsonValue, () => Spoken>(), items: new Map<JsonValue, () => Spoken>() };
  /** What is made when it is first asked, since a schema cannot be compiled while it is. */
  readonly #waiting: (() => unknown)[] = [];

  constructor(ajv: Ajv2020, root: JsonObject) {
    this.#ajv = ajv;
    this.#root = root;
    if (typeof root['$id'] === 'string') this.#key = root['$id'];
  }

  /** Throws what cannot be compiled, before an event does. */
  makeAll(): void {
    for (const make of this.#waiting) make();
  }

  /** Whether a value fits a schema of the document. */
  fits(schema: JsonValue): Fits {
    if (!isJsonObject(schema)) return () => schema !== false;
    this.#pointers ??= new Map([...schemaPlaces(this.#root)].map(({ node, pointer }) => [node, pointer]));
    const pointer = this.#pointers.get(schema);
    if (pointer === undefined) throw new Error('an unevaluated keyword stands outside of the document');
    const known = this.#fits.get(schema);
    if (known !== undefined) return known;
    const validate = this.#later(() => {
      const made = this.#validatorAt(pointer.split('/').map(encodeURIComponent).join('/'));
      if (made === undefined) throw new Error('a schema of the document cannot be compiled by itself');
      return made;
    });
    const fits: Fits = (value) => validate()(value) === true;
    this.#fits.set(schema, fits);
    return fits;
  }

  #later<T>(make: () => T): () => T {
    let value: { readonly made: T } | undefined;
    const made = () => {
      value ??= { made: make() };
      return value.made;
    };
    this.#waiting.push(made);
    return made;
  }

  #validatorAt(fragment: string): ValidateFunction | undefined {
    if (this.#key === undefined) {
      this.#key = 'document';
      this.#ajv.addSchema(this.#root, this.#key);
    }
    return this.#ajv.getSchema(`${this.#key}#${fragment}`);
  }

  /** What the keywords beside an `unevaluated` one speak of. */
  read(node: JsonObject, kind: Kind): Spoken {
    const { unevaluatedProperties: _properties, unevaluatedItems: _items, ...beside } = node;
    return this.#spoken(beside, kind);
  }

  #spoken(schema: JsonValue, kind: Kind): Spoken {
    const spoken: Spoken = { all: false, names: new Set(), patterns: [], prefix: 0, contained: [], branches: [] };
    this.#add(schema, kind, { spoken, around: new Set() });
    return spoken;
  }

  #add(schema: JsonValue | undefined, kind: Kind, to: { readonly spoken: Spoken; around: Set<JsonValue> }): void {
    if (!isJsonObject(schema) || to.around.has(schema)) return;
    to.around.add(schema);
    if (kind === 'properties') addNames(schema, to.spoken);
    else this.#addItems(schema, to.spoken);
    this.#addBranches(schema, kind, to.spoken);
    for (const part of asList(schema['allOf'])) this.#add(part, kind, to);
    if (schema['$ref'] !== undefined) this.#add(this.#referred(schema['$ref']), kind, to);
    if (schema['$dynamicRef'] !== undefined)
      throw new Error('"$dynamicRef" cannot stand beside an unevaluated keyword');
  }

  #addItems(schema: JsonObject, spoken: Spoken): void {
    spoken.prefix = Math.max(spoken.prefix, asList(schema['prefixItems']).length);
    if (schema['items'] !== undefined || schema['unevaluatedItems'] !== undefined) spoken.all = true;
    if (schema['contains'] !== undefined) spoken.contained.push(this.fits(schema['contains']));
  }

  #addBranches(schema: JsonObject, kind: Kind, { branches }: Spoken): void {
    const branch = (part: JsonValue, applies: Fits) => {
      const spoken = this.#spokenOf[kind].get(part) ?? this.#later(() => this.#spoken(part, kind));
      this.#spokenOf[kind].set(part, spoken);
      branches.push({ applies, spoken });
    };
    for (const part of [...asList(schema['anyOf']), ...asList(schema['oneOf'])]) branch(part, this.fits(part));
    const { if: condition } = schema;
    if (condition !== undefined) {
      const met = this.fits(condition);
      branch(condition, met);
      branch(schema['then'] ?? true, met);
      branch(schema['else'] ?? true, (value) => !met(value));
    }
    for (const [name, part] of Object.entries(asObject(schema['dependentSchemas']))) {
      branch(part, (value) => isJsonObject(value) && Object.hasOwn(value, name));
    }
  }

  #referred(reference: JsonValue): JsonValue {
    const target = localReference(this.#root, reference);
    if (target === undefined) throw new Error('a reference beside an unevaluated keyword leads out of the document');
    return target;
  }
}

function addNames(schema: JsonObject, spoken: Spoken): void {
  for (const name of Object.keys(asObject(schema['properties']))) spoken.names.add(name);
  for (const pattern of Object.keys(asObject(schema['patternProperties'])))
    spoken.patterns.push(new RegExp(pattern, 'u'));
  if (schema['additionalProperties'] !== undefined || schema['unevaluatedProperties'] !== undefined) spoken.all = true;
}

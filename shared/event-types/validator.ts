import type { ErrorObject, Options, ValidateFunction } from 'ajv/dist/2020.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../event/json.ts';
import { pointerSegment } from '../event/json-pointer.ts';
import type { FieldError } from '../outcome/outcome.ts';
import { expandedSize } from './expanded-size.ts';
import { expectedAt } from './expected.ts';
import { keywords } from './keywords.ts';
import { schemaErrors } from './meta-schema.ts';
import { newAjv } from './new-ajv.ts';
import { replaceKeywords, safeIntegerKeyword } from './own-keywords.ts';
import { resolveNode } from './schema-node.ts';
import { replaceUnevaluated } from './unevaluated.ts';

/** Answers undefined for data that fits, else the first thing that does not. */
export type Validator = (data: JsonObject) => FieldError | undefined;

const bounds = { maxPathLength: 512, maxFaults: 50 } as const;

/**
 * Compiles a schema. One ajv instance per schema, so that a replaced revision can be collected. Integers must be within
 * 2^53, because JSON parsers round beyond. Throws ajv's error for a schema that is not valid or uses unknown keywords
 * (strict mode).
 */
export function compileValidator(document: JsonObject): Validator {
  const schema = checkedSchema(document);
  return validatorOf(schema, compileSchema(schema));
}

/** A document without `$schema`, which names the dialect by a file that editors find; it is 2020-12 and our keywords. */
function checkedSchema({ $schema: _, ...schema }: JsonObject): JsonObject {
  const problems = schemaErrors(schema).map(({ instancePath, message }) => `data${instancePath} ${message}`);
  if (problems.length > 0) throw new Error(`schema is invalid: ${problems.join(', ')}`);
  return schema;
}

function validatorOf(schema: JsonObject, validate: ValidateFunction): Validator {
  const describe = makeDescribe(schema);
  return (data) => {
    if (validate(data)) return undefined;
    const error = validate.errors?.[0];
    return error === undefined ? { path: '/data', keyword: 'schema' } : describe(data, error);
  };
}

/** What is told of a fault is made once for a thousand events that have it. */
const maxRememberedErrors = 1_000;

/** Answers everything that does not fit, for whoever wrote the data; `Validator` stops at the first. */
export function compileFaults(document: JsonObject): (data: JsonObject) => readonly FieldError[] {
  const { $schema: _, ...schema } = document;
  const validate = compileSchema(schema, { allErrors: true });
  const describe = makeDescribe(schema);
  return (data) => {
    if (validate(data)) return [];
    const faults = (validate.errors ?? []).map((error) => describe(data, error));
    return [...new Set(faults)].slice(0, bounds.maxFaults);
  };
}

/** What is told of ajv's errors, of each place and rule once: places are masked, so that they are the schema's. */
function makeDescribe(schema: JsonObject): (data: JsonObject, error: ErrorObject) => FieldError {
  const remembered = new Map<string, FieldError>();
  return (data, { instancePath, keyword, params }) => {
    const missing: unknown = params?.['missingProperty'];
    const suffix = keyword === 'required' && typeof missing === 'string' ? `/${pointerSegment(missing)}` : '';
    // Whether a number is a position depends on the data; any other place that is remembered is masked already.
    const mayBePosition = /\/\d/.test(instancePath);
    const own = mayBePosition ? undefined : remembered.get(`${keyword} ${instancePath}${suffix}`);
    if (own !== undefined) return own;
    const masked = `${maskPath(schema, data, instancePath)}${suffix}`;
    const known = remembered.get(`${keyword} ${masked}`);
    if (known !== undefined) return known;
    const told = { path: `/data${masked}`.slice(0, bounds.maxPathLength), keyword };
    const expected = expectedAt(schema, `/data${masked}`, keyword);
    const error = expected === undefined ? told : { ...told, expected };
    if (remembered.size < maxRememberedErrors) remembered.set(`${keyword} ${masked}`, error);
    return error;
  };
}

/** To tidy the code of more takes seconds: ajv's time for it grows with the square of the size. */
const maxOptimizedSchemas = 500;

/**
 * The validator of any JSON Schema of 2020-12, as ingest has it for the types' own. `strict: false` lets unknown keywords
 * and formats pass, as the specification does.
 */
export function compileSchema(
  schema: JsonObject,
  options: Pick<Options, 'strict' | 'validateFormats' | 'allErrors' | 'code'> = {},
): ValidateFunction {
  const code = { optimize: expandedSize(schema) <= maxOptimizedSchemas };
  const text = JSON.stringify(schema);
  const ajv = newAjv({ code, ...options, ownProperties: inherited.test(text), meta: refersToMetaSchema.test(text) });
  const bounded = withSafeIntegers(schema);
  replaceKeywords(ajv);
  const makeAll = replaceUnevaluated(ajv, bounded);
  const validate = ajv.compile(bounded);
  makeAll();
  return validate;
}

/**
 * Compiles a type's validator and runs all of its code once, since V8 compiles code when it is first run and can fail on
 * what is too large. Throws as `compileValidator` does, and a `RangeError` for that.
 */
export function tryValidator(document: JsonObject): Validator {
  const schema = checkedSchema(document);
  // Untidied code is never less, and a document is checked a few times alone.
  const options = { code: { optimize: false } };
  const validate = compileSchema(schema, options);
  validate({});
  const { refs } = validate.schemaEnv.root;
  for (const part of Object.values(refs)) {
    if (typeof part === 'object' && 'validate' in part && typeof part.validate === 'function') part.validate({});
  }
  // What is referred to has code of its own, or is part of what refers to it; what is not has none yet.
  const { $defs } = schema;
  for (const name of isJsonObject($defs) ? Object.keys($defs) : []) {
    const reference = `#/$defs/${encodeURIComponent(pointerSegment(name))}`;
    if (!(reference in refs)) compileSchema({ $defs: $defs ?? {}, $ref: reference }, options)({});
  }
  return validatorOf(schema, validate);
}

/**
 * A schema has a name in it that every JavaScript object inherits something under, such as `constructor`. Then properties
 * are asked for as an object's own, which costs more than to read them.
 */
const inherited = new RegExp(`"(?:${Object.getOwnPropertyNames(Object.prototype).join('|')})"`);
/** Most schemas do not, and to make JSON Schema's own ones known takes as long as to compile a small one. */
const refersToMetaSchema = /json-schema\.org/i;

/** Adds the bound on integers wherever a schema says `integer` and not `number`, also inside combinations. */
function withSafeIntegers(node: JsonObject): JsonObject {
  const copy = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, boundIntegersBelow(key, value)]));
  const { type } = node;
  const types = Array.isArray(type) ? type : [type];
  if (types.includes('integer') && !types.includes('number')) copy[safeIntegerKeyword] = true;
  return copy;
}

function boundIntegersBelow(keyword: string, value: JsonValue): JsonValue {
  const bound = (schema: JsonValue) => (isJsonObject(schema) ? withSafeIntegers(schema) : schema);
  const { holds } = keywords.get(keyword) ?? { holds: '-' };
  if (holds === 'schema') return bound(value);
  if (holds === 'list' && Array.isArray(value)) return value.map(bound);
  if (holds !== 'map' || !isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, schema]) => [name, bound(schema)]));
}

/**
 * A JSON Pointer into data with every segment masked that the schema does not declare: keys of a map can be e-mail
 * addresses or customer numbers. A position stays only where the value is an array, whatever else the schema allows
 * there.
 */
function maskPath(schema: JsonObject, data: JsonValue, instancePath: string): string {
  if (instancePath === '') return '';
  let node: JsonObject | undefined = schema;
  let value: JsonValue | undefined = data;
  let masked = '';
  for (const segment of instancePath.slice(1).split('/')) {
    const resolved: JsonObject = (node === undefined ? undefined : resolveNode(schema, node)) ?? {};
    const name = segment.replaceAll('~1', '/').replaceAll('~0', '~');
    const declared: JsonValue | undefined = Array.isArray(value)
      ? declaredItem(resolved, Number(name))
      : declaredProperty(resolved, name);
    masked += declared === undefined ? '/*' : `/${segment}`;
    const next: JsonValue | undefined = declared ?? resolved['additionalProperties'];
    node = isJsonObject(next) ? next : undefined;
    value = valueAt(value, name);
  }
  return masked;
}

function declaredItem({ items, prefixItems }: JsonObject, position: number): JsonValue | undefined {
  const ofPosition = Array.isArray(prefixItems) ? prefixItems[position] : undefined;
  return ofPosition ?? (isJsonObject(items) ? items : undefined);
}

function declaredProperty({ properties }: JsonObject, name: string): JsonValue | undefined {
  return isJsonObject(properties) && Object.hasOwn(properties, name) ? properties[name] : undefined;
}

function valueAt(value: JsonValue | undefined, name: string): JsonValue | undefined {
  if (Array.isArray(value)) return value[Number(name)];
  return isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

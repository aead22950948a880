import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { JsonObject, JsonValue } from '../../event/json.ts';
import { pointerSegment } from '../../event/json-pointer.ts';
import { errorAt, type Finding } from './finding.ts';
import { likelyName } from './replaced-keywords.ts';

/** Checks documents against one of the schemas in `schemas/meta`. */
export function metaSchemaCheck(metaSchema: JsonObject): (document: JsonValue) => readonly Finding[] {
  // Ours, and checked by the tests: to check and tidy them again is most of what one use costs.
  const ours = { validateSchema: false, code: { optimize: false } };
  const ajv = new Ajv2020({ strict: false, allErrors: true, logger: false, verbose: true, ...ours });
  addFormats.default(ajv, ['regex']);
  const validate = ajv.compile(metaSchema);
  return (document) => (validate(document) ? [] : findingsOf(validate.errors ?? []));
}

/** One finding a place: the deepest ones, since an alternative that fails higher up only repeats them. */
function findingsOf(errors: readonly ErrorObject[]): Finding[] {
  const byPointer = new Map<string, Finding>();
  for (const error of errors) {
    const extra: unknown = error.params['additionalProperty'];
    const pointer = typeof extra === 'string' ? `${error.instancePath}/${pointerSegment(extra)}` : error.instancePath;
    if (!byPointer.has(pointer)) byPointer.set(pointer, findingOf(error, pointer));
  }
  const pointers = [...byPointer.keys()].sort();
  return pointers
    .filter((pointer, i) => !(pointers[i + 1] ?? '').startsWith(`${pointer}/`))
    .flatMap((pointer) => byPointer.get(pointer) ?? []);
}

/** What was probably meant by a key that is not known, or else which keys are. */
function keysText(properties: unknown, { additionalProperty }: ErrorObject['params']): string {
  const keys = typeof properties === 'object' && properties !== null ? Object.keys(properties) : [];
  const likely = likelyName(String(additionalProperty), keys);
  if (likely !== undefined) return `did you mean "${likely}"?`;
  return keys.length === 0 ? 'remove it' : `remove it; known are ${keys.join(', ')}`;
}

function findingOf({ keyword, params, message = 'does not fit', parentSchema }: ErrorObject, pointer: string): Finding {
  const about: unknown =
    keyword === 'additionalProperties' ? keysText(parentSchema?.['properties'], params) : parentSchema?.['description'];
  const allowed: unknown = params['allowedValues'] ?? params['allowedValue'];
  const detail =
    keyword === 'additionalProperties'
      ? 'this key is not known here'
      : allowed === undefined
        ? `this ${message}`
        : `this must be ${(Array.isArray(allowed) ? allowed : [allowed]).map((value) => JSON.stringify(value)).join(', ')}`;
  return errorAt(pointer, 'meta-schema', detail, typeof about === 'string' ? about : undefined);
}

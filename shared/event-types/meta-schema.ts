import type { Ajv2020, ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import type { JsonObject } from '../event/json.ts';
import { newAjv } from './new-ajv.ts';

let check: ValidateFunction | undefined;

/**
 * What is wrong with a schema by JSON Schema's own schema of 2020-12; empty for none. A function's bundle holds the check
 * as code in the place of this module (`schema-check-code.ts`), since to compile it takes longer than most of ours.
 */
export function schemaErrors(schema: JsonObject): readonly ErrorObject[] {
  check ??= schemaOfSchemas(newAjv({ code: { optimize: false } }));
  return check(schema) ? [] : (check.errors ?? []);
}

/** The check of schemas that an instance of ajv has of its own. */
export function schemaOfSchemas(ajv: Ajv2020): ValidateFunction {
  const name = ajv.defaultMeta();
  const compiled = typeof name === 'string' ? ajv.getSchema(name) : undefined;
  if (compiled === undefined) throw new Error('ajv has no schema of schemas: see what its new version calls it');
  return compiled;
}

import { Ajv2020 } from 'ajv/dist/2020.js';
import type { JsonObject } from '../../event/json.ts';
import type { SchemaProblem } from '../../event/schema-problem.ts';

let metaSchema: Ajv2020 | undefined;

/**
 * Where a document breaks the rules for schemas themselves (JSON Schema 2020-12's own schema); undefined when it does not.
 * Patterns are not looked at: many work without flag `u` only.
 */
export function schemaFault(root: JsonObject | boolean): SchemaProblem | undefined {
  metaSchema ??= new Ajv2020({ strict: false, logger: false, validateFormats: false });
  // A custom `$schema` was left out when the document was read, so this is always the standard one.
  if (metaSchema.validateSchema(root) === true) return undefined;
  const error = metaSchema.errors?.[0];
  return { pointer: error?.instancePath ?? '', message: `this ${error?.message ?? 'is no schema'}` };
}

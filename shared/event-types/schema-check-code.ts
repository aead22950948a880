import standalone from 'ajv/dist/standalone/index.js';
import { schemaOfSchemas } from './meta-schema.ts';
import { newAjv } from './new-ajv.ts';

/** An ES module with what `meta-schema.ts` offers to those who check by it, whose check is code instead of to be compiled. */
export function schemaCheckCode(): string {
  const ajv = newAjv({ code: { source: true, esm: true } });
  return `${standalone.default(ajv, schemaOfSchemas(ajv))}
export const schemaErrors = (schema) => (validate(schema) ? [] : validate.errors);`;
}

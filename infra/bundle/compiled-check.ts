import standalone from 'ajv/dist/standalone/index.js';
import type { Plugin } from 'esbuild';
import { schemaOfSchemas } from '../../shared/event-types/meta-schema.ts';
import { newAjv } from '../../shared/event-types/new-ajv.ts';

const checkOfSchemas = /[\\/]shared[\\/]event-types[\\/]meta-schema\.ts$/;

/**
 * An esbuild plugin that puts the check of schemas into a bundle as the code that ajv makes of it. A function checks its
 * first event by a schema from the registry, whose check by JSON Schema's own schema would take most of that otherwise.
 */
export function compileCheckOfSchemas(): Plugin {
  return {
    name: 'compile-check-of-schemas',
    setup(build) {
      build.onLoad({ filter: checkOfSchemas }, () => ({ contents: checkAsCode(), loader: 'js' }));
    },
  };
}

function checkAsCode(): string {
  const ajv = newAjv({ code: { source: true, esm: true } });
  return `${standalone.default(ajv, schemaOfSchemas(ajv))}
export const schemaErrors = (schema) => (validate(schema) ? [] : validate.errors);`;
}

import type { Plugin } from 'esbuild';
import { schemaCheckCode } from '../../shared/event-types/schema-check-code.ts';

const checkOfSchemas = /[\\/]shared[\\/]event-types[\\/]meta-schema\.ts$/;

/**
 * An esbuild plugin that puts the check of schemas into a bundle as the code that ajv makes of it. A function checks its
 * first event by a schema from the registry, whose check by JSON Schema's own schema would take most of that otherwise.
 */
export function compileCheckOfSchemas(): Plugin {
  return {
    name: 'compile-check-of-schemas',
    setup(build) {
      build.onLoad({ filter: checkOfSchemas }, () => ({ contents: schemaCheckCode(), loader: 'js' }));
    },
  };
}

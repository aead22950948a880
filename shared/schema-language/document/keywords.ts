/**
 * The keywords of JSON Schema 2020-12 that hold schemas (core sections 10 and 11), by how they hold them, and those that
 * are rules by themselves (validation). Annotations are in neither.
 */
export const schemaMaps: readonly string[] = ['properties', 'patternProperties', 'dependentSchemas'];
/** Hold schemas to refer to, which say nothing where they stand. */
export const definitionMaps: readonly string[] = ['$defs', 'definitions'];
export const schemaLists: readonly string[] = ['allOf', 'anyOf', 'oneOf', 'prefixItems'];
export const singleSchemas: readonly string[] =
  'items additionalProperties propertyNames contains not if then else unevaluatedItems unevaluatedProperties'.split(
    ' ',
  );
/** Schemas that apply to the value itself rather than to a part of it. */
export const inPlaceKeywords: readonly string[] = 'allOf anyOf oneOf if then else not dependentSchemas'.split(' ');
export const plainRules: readonly string[] = (
  'type enum const minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength pattern format ' +
  'minItems maxItems uniqueItems minContains maxContains minProperties maxProperties required dependentRequired'
).split(' ');

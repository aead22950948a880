import { keywordsWhere } from '../../event-types/keywords.ts';

/** The keywords that hold schemas of which values are accepted or refused, by how they hold them. */
export const schemaMaps = keywordsWhere(({ holds, about }) => holds === 'map' && about !== '-');
export const schemaLists = keywordsWhere(({ holds }) => holds === 'list');
export const singleSchemas = keywordsWhere(({ holds, compat }) => holds === 'schema' && compat === 'decides');
/** Hold schemas to refer to, which say nothing where they stand. */
export const definitionMaps: readonly string[] = ['$defs', 'definitions'];
/** Schemas that apply to the value itself rather than to a part of it. */
export const inPlaceKeywords = keywordsWhere(({ about }) => about === 'value');
/** Rules by themselves. */
export const plainRules = keywordsWhere(({ holds, compat }) => holds === '-' && compat === 'decides').filter(
  (keyword) => !keyword.startsWith('$'),
);

import { isJsonObject, type JsonObject, type JsonValue } from '../../event/json.ts';
import { definitionMaps, inPlaceKeywords, schemaLists, schemaMaps, singleSchemas } from '../document/keyword-groups.ts';

const ofTheSameValue = new Set(inPlaceKeywords);
const maps = new Set([...schemaMaps, ...definitionMaps]);
const schemas = new Set(singleSchemas);
const lists = new Set(schemaLists);

/**
 * The schema as producers mean it who say nothing about additional properties: an object that declares properties has no
 * others. Branches of one that declares some are left open, and their properties count as declared; where an object that
 * declares none is one of several variants, each is closed.
 */
export function closeUndeclared(schema: JsonValue, belongsToOther = false): JsonValue {
  if (!isJsonObject(schema)) return schema;
  const declares = declaresProperties(schema);
  const closesItself = declares && !belongsToOther && saysNothingOfOthers(schema);
  const belong = belongsToOther || declares;
  const closed = Object.fromEntries(
    Object.entries(schema).map(([keyword, value]): [string, JsonValue] => {
      const inPlace = ofTheSameValue.has(keyword);
      const isVariant = keyword === 'anyOf' || keyword === 'oneOf';
      const inner = (part: JsonValue) => closeUndeclared(part, inPlace && (belong || !isVariant));
      if (maps.has(keyword) && isJsonObject(value)) {
        return [keyword, Object.fromEntries(Object.entries(value).map(([name, part]) => [name, inner(part)]))];
      }
      if (lists.has(keyword) && Array.isArray(value)) return [keyword, value.map(inner)];
      return [keyword, schemas.has(keyword) ? inner(value) : value];
    }),
  );
  if (!closesItself) return closed;
  const extended = Object.keys(schema).some((keyword) => keyword === '$ref' || ofTheSameValue.has(keyword));
  return { ...closed, [extended ? 'unevaluatedProperties' : 'additionalProperties']: false };
}

/** By itself, or by parts that apply always. */
function declaresProperties({ properties, allOf }: JsonObject): boolean {
  return (
    isJsonObject(properties) ||
    (Array.isArray(allOf) && allOf.some((part) => isJsonObject(part) && declaresProperties(part)))
  );
}

function saysNothingOfOthers(schema: JsonObject): boolean {
  return !['additionalProperties', 'unevaluatedProperties', 'patternProperties'].some(
    (keyword) => schema[keyword] !== undefined,
  );
}

import type { JsonObject, JsonValue } from '../../../../shared/event/json.ts';
import { mergeProperties } from '../../../../shared/event-types/mapping/properties.ts';
import { makeShapeReader } from '../../../../shared/event-types/mapping/read-shape.ts';
import { kindNames, onePart, type Shape } from '../../../../shared/event-types/mapping/shape.ts';
import { formatSamples } from '../../../../shared/schema-language/compat/simple-values.ts';

/** Invented data of the shape that a schema describes; nothing of the events that it was inferred from. */
export function exampleOf(schema: JsonObject): JsonObject {
  return exampleObject(makeShapeReader(schema, { guessing: true }).read(schema, ''));
}

function exampleObject({ object }: Shape): JsonObject {
  const properties = mergeProperties(object, 'intended');
  const values = properties.size === 0 ? onePart(object.extras) : undefined;
  if (values !== undefined) return { key: exampleValue(values.shape()) };
  return Object.fromEntries([...properties].map(([name, part]) => [name, exampleValue(part.shape())]));
}

function exampleValue(shape: Shape): JsonValue {
  const [kind] = kindNames(shape);
  const items = shape.array.items?.shape();
  if (kind === 'string') return formatSamples[String(shape.format)]?.[0] ?? 'text';
  if (kind === 'integer') return 1;
  if (kind === 'number') return 1.5;
  if (kind === 'boolean') return true;
  if (kind === 'array') return items === undefined ? [] : [exampleValue(items)];
  return kind === 'object' ? exampleObject(shape) : null;
}

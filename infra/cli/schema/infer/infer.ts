import type { JsonObject } from '../../../../shared/event/json.ts';
import { pointerSegment } from '../../../../shared/event/json-pointer.ts';
import type { SchemaProblem } from '../../../../shared/event/schema-problem.ts';
import { undecidedTreatment } from '../../../../shared/event-types/treatment.ts';
import { personalFormats, personalReason } from '../../../../shared/schema-language/lint/personal-names.ts';
import { looksLikeMap, mapValues, mayBeMap, type Shape } from './shape.ts';

/** A first schema of an event's data, and what a person has to look at. */
export interface Inferred {
  /** `type`, `additionalProperties`, `required`, `properties`. */
  readonly schema: JsonObject;
  readonly notes: readonly SchemaProblem[];
}

/**
 * The schema that fits everything seen: closed objects, required what was always there, null where it was seen. What looks
 * personal carries the treatment "decide"; descriptions are left empty, since nobody can infer what a value means.
 */
export function inferSchema(shape: Shape): Inferred {
  const notes: SchemaProblem[] = [];
  if (!looksLikeMap(shape)) return { schema: objectSchema(shape, '', notes), notes };
  // No event is a map from its start; but a schema must not hold what may be somebody's address.
  notes.push({
    pointer: '',
    message: 'names look like values, so none is written: declare the properties that it has',
  });
  const place = { name: '', pointer: '/additionalProperties', notes };
  return { schema: { type: 'object', additionalProperties: valueSchema(mapValues(shape), place) }, notes };
}

function objectSchema(shape: Shape, pointer: string, notes: SchemaProblem[]): JsonObject {
  const required: string[] = [];
  const properties: JsonObject = {};
  for (const [name, property] of shape.properties) {
    if (property.count === shape.objects) required.push(name);
    const at = `${pointer}/properties/${pointerSegment(name)}`;
    properties[name] = { description: '', ...valueSchema(property, { name, pointer: at, notes }) };
  }
  return { type: 'object', additionalProperties: false, ...(required.length === 0 ? {} : { required }), properties };
}

interface Place {
  readonly name: string;
  readonly pointer: string;
  readonly notes: SchemaProblem[];
}

function valueSchema(shape: Shape, place: Place): JsonObject {
  const { pointer, notes } = place;
  const types = typesOf(shape);
  const note = (message: string) => notes.push({ pointer, message });
  if (types.length === 0) {
    note('only null was seen; text is assumed');
    return { type: ['string', 'null'], ...mark(place, undefined) };
  }
  if (types.length > 1) {
    note(`several types were seen (${types.join(', ')}): one JSON column, in which nothing can be treated`);
    return {
      type: withNull(types, shape),
      ...(types.includes('object') ? undecidedKeys : {}),
      ...mark(place, undefined),
    };
  }
  const [type = ''] = types;
  const nullable = { type: withNull([type], shape) };
  if (type === 'array') return { ...nullable, items: itemSchema(shape, place) };
  if (type !== 'object') {
    const [format] = type === 'string' ? (shape.formats ?? []) : [];
    const marked = type === 'boolean' ? {} : mark(place, format);
    return { ...nullable, ...(format === undefined ? {} : { format }), ...marked };
  }
  if (!looksLikeMap(shape)) {
    if (mayBeMap(shape))
      note('all of its properties are alike: are their names keys, of people perhaps? Then make it a map');
    return { ...objectSchema(shape, pointer, notes), ...nullable };
  }
  note('its keys look like values, so it is taken as a map: one JSON column. Are keys or values personal?');
  const values = valueSchema(mapValues(shape), { ...place, pointer: `${pointer}/additionalProperties` });
  const { treatment, ...additionalProperties } = values;
  return { ...nullable, additionalProperties, ...(treatment === undefined ? undecidedKeys : { treatment }) };
}

function itemSchema(shape: Shape, place: Place): JsonObject {
  const items = { ...place, pointer: `${place.pointer}/items` };
  if (shape.items !== undefined && shape.items.count > 0) return valueSchema(shape.items, items);
  place.notes.push({ pointer: items.pointer, message: 'only empty lists were seen; text is assumed' });
  return { type: 'string', ...mark(items, undefined) };
}

function typesOf(shape: Shape): string[] {
  const numeric = shape.fractions > 0 ? 'number' : 'integer';
  const seen: [string, number][] = [
    ['string', shape.strings],
    [numeric, shape.integers + shape.fractions],
    ['boolean', shape.booleans],
    ['array', shape.arrays],
    ['object', shape.objects],
  ];
  return seen.filter(([, count]) => count > 0).map(([type]) => type);
}

function withNull(types: readonly string[], { nulls }: Shape): string | string[] {
  if (nulls > 0) return [...types, 'null'];
  const [only = '', another] = types;
  return another === undefined ? only : [...types];
}

/** Nobody has decided yet whether keys are personal. */
const undecidedKeys: JsonObject = { propertyNames: { treatment: { do: undecidedTreatment } } };

function mark({ name }: Place, format: string | undefined): JsonObject {
  const personal = (format !== undefined && personalFormats.has(format)) || personalReason(name) !== undefined;
  return personal ? { treatment: { do: undecidedTreatment } } : {};
}

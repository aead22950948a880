import type { Column } from '../column.ts';
import { decideKeys } from './map-keys.ts';
import {
  type Decision,
  decide,
  decideTreated,
  isTooLarge,
  json,
  type Mapped,
  type MappingRun,
  maxLevels,
  maxRecordDepth,
  note,
  type Place,
  type Step,
  settle,
} from './mapping-run.ts';
import { isAlternatives, mergeProperties } from './properties.ts';
import { nameColumn } from './property-name.ts';
import { certainty, isPossible, kindNames, type ObjectShape, onePart, type Part, type Shape } from './shape.ts';
import { scalarType, treatedColumn, treatmentOf } from './treated.ts';

const maxInt64 = 2 ** 63;

/** BigQuery's documented limit on a column's description, in characters. */
const maxDescriptionLength = 1_024;

/** A RECORD's columns, and every property that its schema declares, with or without a column. */
export interface RecordColumns {
  readonly columns: readonly Column[];
  readonly declared: ReadonlySet<string>;
}

/** Maps the values of one schema to a column. */
export function mapValue(run: MappingRun, shape: Shape, place: Place): Mapped {
  if (shape.badReference) {
    const message = 'this must be a schema; a "$ref" leads to one in the same file ("#/$defs/…") and never in a circle';
    if (run.reading === 'intended' && shape.certainty === certainty.nothing) return json('reference', message, place);
    note(run, 'reference', message, place);
    if (run.reading === 'exact') return { kind: 'none' };
  }
  const kinds = kindNames(shape);
  if (shape.treatments.length > 0 || (shape.mixedTreatment && kinds.length === 1)) {
    const treatment = treatmentOf(shape);
    if (typeof treatment === 'string') {
      for (const { treatment: own } of shape.nodes) if (own !== undefined) run.heeded.add(own);
      note(run, 'treatment', treatment, { ...place, pointer: `${place.pointer}/treatment` });
      return { kind: 'none' };
    }
    decideTreated(run, treatment, { shape, place });
    const column = treatedColumn(shape, treatment);
    return column === undefined ? { kind: 'none' } : { kind: 'column', column };
  }
  if (shape.kinds.size === 0) {
    note(run, 'never', 'no value can stand here, so there is no column', place);
    return { kind: 'none' };
  }
  if (!isPossible(shape)) return json('only-null', 'only null can stand here, which tells no column type', place);
  return plainValue(run, shape, place);
}

function plainValue(run: MappingRun, shape: Shape, place: Place): Mapped {
  if (shape.certainty === certainty.nothing) return json('free-form', 'any value may stand here', place);
  const kinds = kindNames(shape);
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) return union(run, `may be ${kinds.join(' or ')}`, place);
  if (shape.certainty === certainty.keywords) {
    note(run, 'type-inferred', `says no "type"; read as ${kind}, which its other keywords are for`, place);
  }
  if (kind === 'object') return mapObject(run, shape.object, place);
  if (kind === 'array') return mapArray(run, shape, place);
  if (kind === 'integer' && run.reading === 'intended') {
    const { minimum = 0, maximum = 0 } = shape;
    if (minimum < -maxInt64 || maximum > maxInt64) {
      return json('integer-range', 'its bounds lie beyond 64 bits, which no INT64 holds', place);
    }
  }
  return { kind: 'column', column: { type: scalarType(kind, shape.format) ?? 'STRING', mode: 'NULLABLE' } };
}

/** A value of several types: JSON, or by policy its JSON text. */
function union(run: MappingRun, message: string, place: Place): Mapped {
  if (run.policies.unions === 'json') return json('union', message, place);
  note(run, 'union', `${message}; the column holds it as JSON text`, place);
  return { kind: 'column', column: { type: 'STRING', mode: 'NULLABLE' } };
}

function mapArray(run: MappingRun, { array }: Shape, place: Place): Mapped {
  if (array.positions.length > 0) return json('tuple', 'its items have schemas by their position', place);
  const { items } = array;
  if (items === undefined) return json('free-form', 'its items may be anything', place);
  if (place.trail.length > maxLevels) return tooDeep(run, place);
  const below = belowPart({ part: items }, place);
  if (below === undefined) return json('recursive', 'its items hold the array itself', place);
  const item = items.shape();
  if (item.certainty > certainty.nothing && item.kinds.has('null') && isPossible(item)) {
    return json('nullable-items', 'its items may be null, which no REPEATED column holds', below);
  }
  const mapped = mapValue(run, item, below);
  if (mapped.kind !== 'column') return mapped;
  if (mapped.column.mode === 'REPEATED') {
    return json('array-of-arrays', 'its items are lists themselves, which no REPEATED column holds', below);
  }
  return { kind: 'column', column: { ...mapped.column, mode: 'REPEATED' } };
}

/** Maps an object: to a RECORD where it declares properties, else to what a map or a free-form object is. */
function mapObject(run: MappingRun, object: ObjectShape, place: Place): Mapped {
  if (isAlternatives(object)) return mapAlternatives(run, object, place);
  const properties = mergeProperties(object, run.reading, run.merged);
  if (properties.size === 0) return mapUndeclared(run, object, place);
  for (const part of properties.values()) {
    if (belowPart({ part }, place) === undefined) return json('recursive', 'this holds itself, again and again', place);
  }
  if (place.depth >= run.maxDepth) return tooDeep(run, place);
  if (object.extras.length > 0) {
    note(run, 'undeclared', 'properties beyond the declared ones are described too, but reach no column', place);
  }
  const { columns, declared } = mapRecord(run, properties, place);
  if (columns.length === 0) return { kind: 'none' };
  return { kind: 'column', column: { type: 'RECORD', mode: 'NULLABLE', fields: columns, declared } };
}

function tooDeep(run: MappingRun, place: Place): Mapped {
  return run.maxDepth < maxRecordDepth
    ? json('too-many-columns', 'with its columns the table would have more than BigQuery takes', place)
    : json('too-deep', `BigQuery nests RECORDs ${maxRecordDepth} deep at most, "data" included`, place);
}

/** Alternatives that make the very same columns are one RECORD; others are a union. */
function mapAlternatives(run: MappingRun, object: ObjectShape, place: Place): Mapped {
  const differ = 'may be one of several objects with different columns';
  const [choice, another] = object.choices;
  if (choice === undefined || another !== undefined) return union(run, differ, place);
  let first: { readonly mapped: Mapped; readonly trial: MappingRun } | undefined;
  for (const variant of choice.variants) {
    const trial = { ...run, notes: [], decisions: [] };
    const mapped = mapObject(trial, variant, place);
    run.mappedCount = trial.mappedCount;
    if (first === undefined) first = { mapped, trial };
    else if (signature(mapped, trial.decisions) !== signature(first.mapped, first.trial.decisions))
      return union(run, differ, place);
    if (isTooLarge(trial)) break;
  }
  if (first === undefined) return union(run, differ, place);
  const { mapped, trial } = first;
  run.notes = [...run.notes, ...trial.notes];
  run.decisions = [...run.decisions, ...trial.decisions];
  run.columnCount = trial.columnCount;
  return mapped;
}

/** Equal for what has equal columns of equal properties, and treats their keys alike; descriptions may differ. */
function signature(mapped: Mapped, decisions: readonly Decision[]): string {
  if (mapped.kind !== 'column') return mapped.kind === 'json' ? mapped.reason : '';
  const keys = decisions.flatMap(({ column, treatment, isKeys }) => (isKeys ? [{ column, treatment }] : []));
  return JSON.stringify([mapped.column, keys], (key, value: unknown) => {
    if (key === 'description' || key === 'keys') return undefined;
    return key === 'fields' && Array.isArray(value) ? [...value].sort(byName) : value;
  });
}

function byName(a: Column, b: Column): number {
  return a.name < b.name ? -1 : 1;
}

/** An object that declares no property: a map where its values are described. */
function mapUndeclared(run: MappingRun, object: ObjectShape, place: Place): Mapped {
  const values = onePart(object.extras);
  if (values === undefined) return json('free-form', 'an object that declares no property', place);
  if (run.policies.maps === 'json') return json('map', 'an object whose keys are not declared', place);
  if (place.depth >= run.maxDepth) return tooDeep(run, place);
  const below = belowPart({ part: values }, { ...place, depth: place.depth + 1 }, pathOf(place.column, 'value'));
  if (below === undefined) return json('recursive', 'this holds itself, again and again', place);
  const key: Column = { name: 'key', property: 'key', type: 'STRING', mode: 'NULLABLE' };
  const value = mapColumn(run, { property: 'value', name: 'value', part: values, place: below });
  const fields = value === undefined ? [key] : [key, value];
  run.columnCount += fields.length;
  return { kind: 'column', column: { type: 'RECORD', mode: 'REPEATED', fields } };
}

/** Maps declared properties, in their order. */
export function mapRecord(run: MappingRun, properties: ReadonlyMap<string, Part>, place: Place): RecordColumns {
  const columns: Column[] = [];
  const propertyByName = new Map<string, string>();
  for (const [property, part] of properties) {
    if (isTooLarge(run)) break;
    const named = nameColumn(run, property, (name) => propertyByName.get(name.toLowerCase()));
    const step = { name: property, part };
    const below = belowPart(step, { ...place, depth: place.depth + 1 }, pathOf(place.column, named.name));
    if (below === undefined) continue;
    if (named.problem !== undefined && named.isRefused) {
      note(run, named.problem.reason, named.problem.message, below);
      continue;
    }
    const column = mapColumn(run, { property, name: named.name, part, place: below });
    if (column === undefined) continue;
    if (named.problem !== undefined) note(run, named.problem.reason, named.problem.message, below);
    propertyByName.set(column.name.toLowerCase(), property);
    columns.push(column);
    run.columnCount++;
  }
  return { columns, declared: new Set(properties.keys()) };
}

interface NamedColumn {
  readonly property: string;
  readonly name: string;
  readonly part: Part;
  readonly place: Place;
}

function mapColumn(run: MappingRun, { property, name, part, place }: NamedColumn): Column | undefined {
  run.mappedCount++;
  const shape = part.shape();
  const mapped = mapValue(run, shape, place);
  if (mapped.kind === 'none') return undefined;
  const isWhole = mapped.kind === 'json' || (mapped.column.fields ?? mapped.column.treatment) === undefined;
  const waiver = shape.waiver ?? shape.array.items?.shape().waiver;
  if (isWhole) decide(run, place, waiver === undefined ? {} : { waiver });
  const keys = mapped.kind === 'json' && run.reading === 'exact' ? decideKeys(run, shape, place) : undefined;
  const column = settle(run, mapped, { shape, place, ...keys });
  return { name, property, ...column, ...(keys?.plan && { keys: keys.plan }), ...describe(shape) };
}

/** The description of a column, where its schema has one. */
export function describe({ description }: Shape): { readonly description?: string } {
  if (description === undefined || description === '') return {};
  if (description.length <= maxDescriptionLength) return { description };
  return { description: `${description.slice(0, maxDescriptionLength - 1).trimEnd()}…` };
}

function pathOf(parent: string, name: string): string {
  return parent === '' ? name : `${parent}.${name}`;
}

/** The place of a part below another; undefined where that would be recursion. */
function belowPart(step: Step, place: Place, column = place.column): Place | undefined {
  const { pointer, declaredAt } = step.part;
  for (const at of declaredAt) if (place.path.has(at)) return undefined;
  return { ...place, pointer, column, path: new Set([...place.path, ...declaredAt]), trail: [...place.trail, step] };
}

import type { Column } from '../column.ts';
import { belowPart, mapValue, union } from './map-value.ts';
import {
  decide,
  isTooLarge,
  json,
  type Mapped,
  type MappingRun,
  maxRecordDepth,
  note,
  type Place,
  settle,
} from './mapping-run.ts';
import { columnName, freeColumnName, nearestColumnName } from './names.ts';
import { isAlternatives, mergeProperties } from './properties.ts';
import { type ObjectShape, onePart, type Part, type Shape } from './shape.ts';

/** BigQuery's documented limit on a column's description, in characters. */
const maxDescriptionLength = 1_024;

/** A RECORD's columns, and every property that its schema declares, with or without a column. */
export interface RecordColumns {
  readonly columns: readonly Column[];
  readonly declared: ReadonlySet<string>;
}

/** Maps an object: to a RECORD where it declares properties, else to what a map or a free-form object is. */
export function mapObject(run: MappingRun, object: ObjectShape, place: Place): Mapped {
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
  const { notes, decisions, columnCount } = run;
  let first: (Pick<MappingRun, 'notes' | 'decisions' | 'columnCount'> & { readonly mapped: Mapped }) | undefined;
  let areSame = true;
  for (const variant of choice.variants) {
    run.notes = [];
    run.decisions = [];
    run.columnCount = columnCount;
    const mapped = mapObject(run, variant, place);
    if (first === undefined)
      first = { mapped, notes: run.notes, decisions: run.decisions, columnCount: run.columnCount };
    else areSame = signature(mapped) === signature(first.mapped);
    if (!areSame || isTooLarge(run)) break;
  }
  run.notes = notes;
  run.decisions = decisions;
  run.columnCount = columnCount;
  if (first === undefined || !areSame) return union(run, differ, place);
  run.notes = [...notes, ...first.notes];
  run.decisions = [...decisions, ...first.decisions];
  run.columnCount = first.columnCount;
  return first.mapped;
}

/** Equal for what has equal columns of equal properties; descriptions may differ. */
function signature(mapped: Mapped): string {
  if (mapped.kind !== 'column') return mapped.kind === 'json' ? mapped.reason : '';
  return JSON.stringify(mapped.column, (key, value: unknown) => {
    if (key === 'description') return undefined;
    return key === 'fields' && Array.isArray(value) ? [...value].sort(byName) : value;
  });
}

function byName(a: Column, b: Column): number {
  return a.name < b.name ? -1 : 1;
}

/** An object that declares no property: a map where its values are described. */
function mapUndeclared(run: MappingRun, object: ObjectShape, place: Place): Mapped {
  const [first, ...others] = object.extras;
  if (first === undefined) return json('free-form', 'an object that declares no property', place);
  if (run.policies.maps === 'json') return json('map', 'an object whose keys are not declared', place);
  if (place.depth >= run.maxDepth) return tooDeep(run, place);
  const values = onePart([first, ...others]);
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
    const named = nameOf(run, property, (name) => propertyByName.get(name.toLowerCase()));
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
  return { name, property, ...settle(run, mapped, { shape, place }), ...describe(shape) };
}

/** The description of a column, where its schema has one. */
export function describe({ description }: Shape): { readonly description?: string } {
  if (description === undefined || description === '') return {};
  if (description.length <= maxDescriptionLength) return { description };
  return { description: `${description.slice(0, maxDescriptionLength - 1).trimEnd()}…` };
}

interface GivenName {
  readonly name: string;
  readonly problem?: { readonly reason: 'name' | 'name-collision'; readonly message: string };
  /** The property gets no column. */
  readonly isRefused?: boolean;
}

function nameOf(run: MappingRun, property: string, takenBy: (name: string) => string | undefined): GivenName {
  const isExact = run.reading === 'exact';
  const wanted = isExact ? columnName(property) : nearestColumnName(property, run.policies.names);
  if (wanted === undefined) {
    const message = `"${property}" makes no column name; use letters, digits and _`;
    return { name: property, problem: { reason: 'name', message }, isRefused: true };
  }
  const other = takenBy(wanted);
  if (other !== undefined) {
    const share = `"${property}" and "${other}" would share the column ${wanted}`;
    if (isExact)
      return { name: wanted, problem: { reason: 'name-collision', message: `${share}; rename one of them` } };
    const name = freeColumnName(wanted, (candidate) => takenBy(candidate) !== undefined);
    return { name, problem: { reason: 'name-collision', message: `${share}; this one is called ${name}` } };
  }
  const isKept = isExact || wanted === (run.policies.names === 'snake' ? columnName(property) : property);
  if (isKept) return { name: wanted };
  return {
    name: wanted,
    problem: { reason: 'name', message: `BigQuery holds no column "${property}"; called ${wanted}` },
  };
}

function pathOf(parent: string, name: string): string {
  return parent === '' ? name : `${parent}.${name}`;
}

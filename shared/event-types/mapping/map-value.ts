import { mapObject } from './map-object.ts';
import { decideTreated, json, type Mapped, type MappingRun, note, type Place, type Step } from './mapping-run.ts';
import { certainty, isPossible, kindNames, type Shape } from './shape.ts';
import { scalarType, treatedColumn, treatmentOf } from './treated.ts';

const maxInt64 = 2 ** 63;

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
export function union(run: MappingRun, message: string, place: Place): Mapped {
  if (run.policies.unions === 'json') return json('union', message, place);
  note(run, 'union', `${message}; the column holds it as JSON text`, place);
  return { kind: 'column', column: { type: 'STRING', mode: 'NULLABLE' } };
}

function mapArray(run: MappingRun, { array }: Shape, place: Place): Mapped {
  if (array.isTuple) return json('tuple', 'its items have schemas by their position', place);
  const { items } = array;
  if (items === undefined) return json('free-form', 'its items may be anything', place);
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

/** The place of a part below another; undefined where that would be recursion. */
export function belowPart(step: Step, place: Place, column = place.column): Place | undefined {
  const { pointer, declaredAt } = step.part;
  for (const at of declaredAt) if (place.path.has(at)) return undefined;
  return { ...place, pointer, column, path: new Set([...place.path, ...declaredAt]), trail: [...place.trail, step] };
}

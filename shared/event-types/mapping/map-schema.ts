import type { JsonObject, JsonValue } from '../../event/json.ts';
import type { Column } from '../column.ts';
import { describe, mapRecord, mapValue, type RecordColumns } from './map-value.ts';
import {
  type Decision,
  isTooLarge,
  type MappingRun,
  maxPayloadColumns,
  maxRecordDepth,
  note,
  type Place,
  settle,
} from './mapping-run.ts';
import { defaultPolicies, type MappingNote, type MappingPolicies } from './policies.ts';
import { mergeProperties } from './properties.ts';
import { makeShapeReader } from './read-shape.ts';
import { anything, certainty, type Kind, kindNames, meet, type Shape } from './shape.ts';

/** The columns of a payload, and what there is to know about them. */
export interface MappedSchema extends RecordColumns {
  readonly notes: readonly MappingNote[];
}

/** With what became of every property, and which of the document's treatments that was by. */
export interface DecidedSchema extends MappedSchema {
  /** What the schema says of the whole payload. */
  readonly shape: Shape;
  readonly decisions: readonly Decision[];
  /** Every treatment, as it stands in the document, that has an effect or of which a note says that it has none. */
  readonly heeded: ReadonlySet<JsonValue>;
}

const rootPlace: Place = { pointer: '', column: '', depth: 0, path: new Set(), trail: [] };
const anyObject: Shape = { ...anything, kinds: new Set<Kind>(['object']), certainty: certainty.type };

/**
 * Maps a schema of our own event types, whose data is an object: every column takes every value that the schema accepts.
 * Undefined when it makes more columns than BigQuery's limit leaves for a payload.
 */
export function mapExactly(document: JsonObject): DecidedSchema | undefined {
  const run = startRun(document, { reading: 'exact', policies: defaultPolicies, maxDepth: maxRecordDepth });
  const shape = makeShapeReader(document, { guessing: false }).read(document, '');
  const record = mapRecord(run, mergeProperties(shape.object, run.reading, run.merged), rootPlace);
  const { notes, decisions, heeded } = run;
  return isTooLarge(run) ? undefined : { ...record, shape, notes, decisions, heeded };
}

/** What became of every property of a schema of our own; of none where it makes too many columns. */
export function decisionsOf(document: JsonObject): readonly Decision[] {
  return mapExactly(document)?.decisions ?? [];
}

/**
 * Maps any schema (2020-12, its references JSON Pointers into itself). Never fails: what has no column of its own becomes
 * JSON, and is reported. Where there would be more columns than a table takes, the deepest RECORDs become JSON. The schema
 * of something else than an object with properties has one column, `data`.
 */
export function mapIntended(document: JsonValue, policies: MappingPolicies): MappedSchema {
  const read = makeShapeReader(document, { guessing: true }).read(document, '');
  const isObject = read.kinds.has('object') && (read.certainty < certainty.type || kindNames(read).length === 1);
  const shape = isObject ? meet(anyObject, read) : read;
  const first = startRun(document, { reading: 'intended', policies, maxDepth: maxRecordDepth });
  const fitsAtAll = shape.object.properties.size <= maxPayloadColumns;
  for (let maxDepth = fitsAtAll ? maxRecordDepth : 0; maxDepth > 0; maxDepth--) {
    const run = { ...first, maxDepth, merged: new Map(), notes: [], decisions: [] };
    const mapped = mapRoot(run, shape);
    if (!isTooLarge(run)) return mapped;
  }
  const message = `it declares more than ${maxPayloadColumns} columns at its top`;
  return wholePayload({ type: 'JSON', mode: 'NULLABLE' }, [
    { pointer: '', column: 'data', reason: 'too-many-columns', message },
  ]);
}

function mapRoot(run: MappingRun, shape: Shape): MappedSchema {
  const mapped = mapValue(run, shape, rootPlace);
  if (mapped.kind === 'none') return { columns: [], declared: new Set(), notes: run.notes };
  if (mapped.kind === 'column' && mapped.column.type === 'RECORD' && mapped.column.mode === 'NULLABLE') {
    const { fields = [], declared = new Set<string>() } = mapped.column;
    return { columns: fields, declared, notes: run.notes };
  }
  const place: Place = { ...rootPlace, column: 'data' };
  const column = settle(run, mapped, { shape, place });
  if (!kindNames(shape).includes('object')) {
    note(run, 'not-an-object', 'the data of an event is an object; this schema makes one column "data"', place);
  }
  return wholePayload({ ...column, ...describe(shape) }, run.notes);
}

function wholePayload(column: Omit<Column, 'name' | 'property'>, notes: readonly MappingNote[]): MappedSchema {
  return { columns: [{ name: 'data', property: 'data', ...column }], declared: new Set(), notes };
}

function startRun(root: JsonValue, given: Pick<MappingRun, 'reading' | 'policies' | 'maxDepth'>): MappingRun {
  const hasTreatments = JSON.stringify(root).includes('"treatment"');
  const empty = {
    merged: new Map(),
    notes: [],
    decisions: [],
    heeded: new Set<JsonValue>(),
    columnCount: 0,
    mappedCount: 0,
  };
  return { root, ...given, hasTreatments, ...empty };
}

import type { JsonObject, JsonValue } from '../../event/json.ts';
import { holdsTreatment } from '../schema-node.ts';
import type { MappingNote, MappingPolicies, NoteReason } from './policies.ts';
import type { Reading } from './properties.ts';
import type { ObjectShape, Part, Shape } from './shape.ts';
import type { ColumnShape } from './treated.ts';

/** BigQuery's documented limit on nested RECORDs ("Specifying nested and repeated columns"), `data` counted. */
export const maxRecordDepth = 15;
/** BigQuery's documented limit is 10,000 columns a table, nested ones counted; the envelope takes some of them. */
export const maxPayloadColumns = 9_900;
/** Alternatives are mapped one by one to be compared; a schema that multiplies them gives up after so many columns. */
const maxMappedColumns = 50_000;

/** One pass over a document, and what has come out of it so far. */
export interface MappingRun {
  readonly root: JsonValue;
  readonly policies: MappingPolicies;
  readonly reading: Reading;
  readonly maxDepth: number;
  /** Whether the document holds a treatment at all. */
  readonly hasTreatments: boolean;
  readonly merged: Map<ObjectShape, ReadonlyMap<string, Part>>;
  notes: MappingNote[];
  /** Columns so far; and with those of alternatives that came to nothing. */
  columnCount: number;
  mappedCount: number;
}

/** Where a value stands. */
export interface Place {
  readonly pointer: string;
  /** Path of its column below `data`. */
  readonly column: string;
  /** RECORDs around it, `data` included. */
  readonly depth: number;
  /** The nodes on the way here. */
  readonly path: ReadonlySet<string>;
}

/** What becomes of a value: a column, JSON because it has no column of its own, or no column at all. */
export type Mapped =
  | { readonly kind: 'column'; readonly column: ColumnShape }
  | { readonly kind: 'json'; readonly reason: NoteReason; readonly message: string; readonly pointer: string }
  | { readonly kind: 'none' };

/** Whether there are more columns than a table may have. */
export function isTooLarge(run: MappingRun): boolean {
  return run.columnCount > maxPayloadColumns || run.mappedCount > maxMappedColumns;
}

export function json(reason: NoteReason, message: string, { pointer }: Place): Mapped {
  return { kind: 'json', reason, message, pointer };
}

export function note(run: MappingRun, reason: NoteReason, message: string, place: Place): void {
  run.notes.push(noteAt(reason, message, place));
}

function noteAt(reason: NoteReason, message: string, { pointer, column }: Place): MappingNote {
  return { pointer, ...(column === '' ? {} : { column }), reason, message };
}

/** Makes a JSON column of what has none of its own, and reports it. */
export function settle(
  run: MappingRun,
  mapped: Exclude<Mapped, { kind: 'none' }>,
  { shape, place }: { readonly shape: Shape; readonly place: Place },
): ColumnShape {
  if (mapped.kind === 'column') return mapped.column;
  note(run, mapped.reason, mapped.message, { ...place, pointer: mapped.pointer });
  if (run.hasTreatments && [...shape.nodes].some((node) => hides(run.root, node))) {
    const message =
      'this becomes one JSON column, inside which no treatment is applied; treat the whole or declare its type';
    note(run, 'treatment', message, place);
  }
  return { type: 'JSON', mode: 'NULLABLE' };
}

function hides(root: JsonValue, node: JsonObject): boolean {
  return typeof root === 'object' && root !== null && !Array.isArray(root) && holdsTreatment(root, node);
}

import { canonicalJson } from '../../event/canonical-json.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../event/json.ts';
import type { Treatment } from '../column.ts';
import { nodesBelow } from '../schema-places.ts';
import type { MappingNote, MappingPolicies, NoteReason } from './policies.ts';
import type { Reading } from './properties.ts';
import type { ObjectShape, Part, Shape } from './shape.ts';
import type { ColumnShape } from './treated.ts';

/** BigQuery's documented limit on nested RECORDs ("Specifying nested and repeated columns"), `data` counted. */
export const maxRecordDepth = 15;
/** Lists and objects inside one another; an event nests less. */
export const maxLevels = 60;
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
  decisions: Decision[];
  readonly heeded: Set<JsonValue>;
  /** Columns so far; and with those of alternatives that came to nothing. */
  columnCount: number;
  mappedCount: number;
}

/** What becomes of the values of one property, or of the items in it, that reach no column inside it. */
export interface Decision {
  /** Path of its column below `data`; the column that it would have, where values are dropped. */
  readonly column: string;
  /** Where in the schema it is declared. */
  readonly pointer: string;
  /** From the payload to the value. */
  readonly trail: readonly Step[];
  readonly treatment?: Treatment;
  readonly waiver?: string;
  /** It is about the undeclared keys of objects inside a JSON column; the trail ends with the key. */
  readonly isKeys?: true;
}

/** A property or, without a name, the items of an array. */
export interface Step {
  readonly name?: string;
  readonly part: Part;
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
  readonly trail: readonly Step[];
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

export function note(run: MappingRun, reason: NoteReason, message: string, { pointer, column }: Place): void {
  run.notes.push({ pointer, ...(column === '' ? {} : { column }), reason, message });
}

/** Makes a JSON column of what has none of its own, and reports it. */
export function settle(
  run: MappingRun,
  mapped: Exclude<Mapped, { kind: 'none' }>,
  { shape, place, said }: { readonly shape: Shape; readonly place: Place; readonly said?: ReadonlySet<JsonValue> },
): ColumnShape {
  if (mapped.kind === 'column') return mapped.column;
  note(run, mapped.reason, mapped.message, { ...place, pointer: mapped.pointer });
  const below = run.hasTreatments ? treatmentsBelow(run.root, shape.nodes) : [];
  const hidden = below.filter((treatment) => !said?.has(treatment));
  if (hidden.length > 0) {
    for (const treatment of hidden) run.heeded.add(treatment);
    const message =
      'this becomes one JSON column, inside which no treatment is applied; treat the whole or declare its type';
    note(run, 'treatment', message, place);
  }
  return { type: 'JSON', mode: 'NULLABLE' };
}

/** Remembers what becomes of values that a treatment applies to, and which of the document's treatments say so. */
export function decideTreated(
  run: MappingRun,
  treatment: Treatment,
  at: { readonly shape: Shape; readonly place: Place },
) {
  decide(run, at.place, { treatment });
  const said = new Set(at.shape.treatments.map(canonicalJson));
  for (const { treatment: own } of at.shape.nodes) {
    if (own !== undefined && said.has(canonicalJson(own))) run.heeded.add(own);
  }
  if (treatment.do !== 'drop' || !run.hasTreatments) return;
  // What is dropped whole needs nothing inside.
  for (const inside of treatmentsBelow(run.root, at.shape.nodes)) run.heeded.add(inside);
}

export function decide(run: MappingRun, place: Place, how: Pick<Decision, 'treatment' | 'waiver' | 'isKeys'>): void {
  run.decisions.push({ column: place.column, pointer: place.pointer, trail: place.trail, ...how });
}

/** Every treatment in some schemas and in what they hold or refer to, as it stands in the document. */
function treatmentsBelow(root: JsonValue, nodes: Iterable<JsonObject>): JsonValue[] {
  const below = isJsonObject(root) ? [...nodesBelow(root, nodes)] : [];
  return below.map(({ treatment }) => treatment).filter((treatment) => treatment !== undefined);
}

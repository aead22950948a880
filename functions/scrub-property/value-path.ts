import type { Step } from '../../shared/erasure/data-places.ts';
import { parsePointer } from '../../shared/event/json-pointer.ts';
import type { Column } from '../../shared/event-types/column.ts';

/** Where a property's values are in the table of its type. */
export interface ValuePath {
  /** Columns from `data` on, the last being the property's own or the JSON column that holds it. */
  readonly steps: readonly [Step, ...Step[]];
  /** Members of objects on the way inside the last column, which is JSON then. */
  readonly inJson: readonly string[];
  /** What is received now keeps no value: the schema drops the property. */
  readonly isDropped: boolean;
}

export type FoundPath =
  | { readonly kind: 'path'; readonly path: ValuePath }
  /** Nothing of the property can be in the table; for people. */
  | { readonly kind: 'none'; readonly problem: string };

/**
 * Finds the columns of a property, a JSON Pointer into the data of events; lists on the way are passed without a sign. Names
 * no value. The columns are those of the schema, so an undeclared property has none.
 */
export function findValuePath(columns: readonly Column[], pointer: string): FoundPath {
  const parsed = parsePointer(pointer);
  if (parsed === undefined || parsed.up !== undefined || parsed.segments.length === 0) {
    return none('"property" is a JSON Pointer into data, such as /buyer/email');
  }
  const steps: Step[] = [];
  let fields = columns;
  let isDropped = false;
  for (const [at, segment] of parsed.segments.entries()) {
    const shown = `/${parsed.segments.slice(0, at + 1).join('/')}`;
    const column = fields.find(({ property }) => property === segment);
    if (column === undefined)
      return none(
        `${shown} has no column (lists are passed without an index): no row holds it, unless a draft was replaced that had it; then ` +
          'declare it again, dropped with "column". Refused events that hold it end with the quarantine, after 20 days',
      );
    if (column.mode === 'REQUIRED')
      return none(`the column of ${shown} is REQUIRED: a row cannot be without it; scrub what it is in`);
    isDropped ||= column.treatment?.do === 'drop';
    steps.push({ name: column.name, isList: column.mode === 'REPEATED' });
    const [first, ...others] = steps;
    if (first === undefined) continue;
    const rest = parsed.segments.slice(at + 1);
    if (rest.length === 0) return { kind: 'path', path: { steps: [first, ...others], inJson: [], isDropped } };
    if (column.type === 'JSON') {
      if (!rest.every(isPlainName))
        return none('inside a JSON column, names hold no quote, backslash or control character');
      return { kind: 'path', path: { steps: [first, ...others], inJson: rest, isDropped } };
    }
    fields = column.fields ?? [];
  }
  return none('the property has no column');
}

/** What may stand between quotes in a path of JSON, and that in a statement. */
function isPlainName(name: string): boolean {
  return name !== '' && !/["'\\\p{Cc}]/u.test(name);
}

function none(problem: string): FoundPath {
  return { kind: 'none', problem };
}

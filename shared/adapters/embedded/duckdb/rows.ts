import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../../../event/json.ts';
import { isDate, parseInstant } from '../../../event/time.ts';
import type { Column, ColumnType } from '../../../event-types/column.ts';
import { pubsubLimits } from '../../../ports/publisher.ts';
import { fieldsOf } from './columns.ts';
import { usualRows } from './usual-rows.ts';

/** A row ready for `insertStatement`, or why BigQuery would not take it (path and expected type, never a value). */
export type CheckedRow =
  | { readonly kind: 'row'; readonly text: string }
  | { readonly kind: 'refused'; readonly reason: string };

/** Why a value does not fit; undefined where it does. */
type Check = (value: JsonValue) => string | undefined;

const decoder = new TextDecoder('utf-8', { fatal: true });
const timestampPattern = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:[0-5]\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)$/;
const integerPattern = /^(?:0|[1-9]\d{0,18}|-\d{1,19})$/;
const minInt64 = -(2n ** 63n);
const maxInt64 = 2n ** 63n - 1n;

/**
 * Makes the check of a table's rows: JSON texts as a BigQuery subscription with `use_table_schema` takes them.
 *
 * TIMESTAMP (RFC 3339 with an offset and at most six fractional digits), DATE and JSON are strings; INT64 is an integer
 * within ±(2^53 - 1), or a string for the whole range, because a larger number has lost digits by the time it is
 * parsed; RECORD is an object, REPEATED an array without nulls. Absent and null are the same. A property that is no column is
 * refused, its name not shown. A row of the usual form stays as it is; any other is parsed, and written anew.
 */
export function rowCheck(columns: readonly Column[]): (row: Uint8Array | string) => CheckedRow {
  const check = new RecordCheck(columns, '');
  const usual = usualRows(columns);
  return (row) => {
    const text = textOf(row);
    if (text !== undefined && text.length <= maxUsualLength && text.isWellFormed() && usual.test(text)) {
      return { kind: 'row', text };
    }
    const parsed = parseRow(text, typeof row === 'string' ? Buffer.byteLength(row) : row.byteLength);
    const reason = typeof parsed === 'string' ? parsed : check.problemOf(parsed);
    return reason === undefined ? { kind: 'row', text: JSON.stringify(parsed) } : { kind: 'refused', reason };
  };
}

/** A pattern goes back over what it has seen, and longer rows are few. */
const maxUsualLength = 65_536;

/** Undefined where it is no UTF-8. */
function textOf(row: Uint8Array | string): string | undefined {
  if (typeof row === 'string') return row;
  try {
    return decoder.decode(row);
  } catch {
    return undefined;
  }
}

/** The row's object, or why it is none. */
function parseRow(text: string | undefined, sizeBytes: number): JsonObject | string {
  if (sizeBytes > pubsubLimits.maxMessageBytes) {
    return `the row has ${sizeBytes} bytes, the limit is ${pubsubLimits.maxMessageBytes}`;
  }
  const value = text === undefined ? undefined : parseJson(text);
  if (value === undefined) return 'the row is not JSON in UTF-8';
  return isJsonObject(value) ? value : 'the row is not a JSON object';
}

/** A column of a record. */
interface ColumnCheck {
  readonly name: string;
  /** Among the columns of the record. */
  readonly at: number;
  readonly path: string;
  readonly column: Column;
  /** Of a value that is not null: of each of the array, where the column is REPEATED. */
  readonly check: Check;
}

/** Looks at the properties that a record has, which are fewer than its columns. */
class RecordCheck {
  readonly #parent: string;
  readonly #columns: ReadonlyMap<string, ColumnCheck>;
  readonly #required: readonly ColumnCheck[];

  constructor(columns: readonly Column[], parent: string) {
    const checks = columns.map((column, at) => columnCheck(column, at, parent));
    this.#parent = parent;
    this.#columns = new Map(checks.map((check) => [check.name, check]));
    this.#required = checks.filter(({ column }) => column.mode === 'REQUIRED');
  }

  /** Of several problems that of the first column, but before all a property that is no column. */
  problemOf(record: JsonObject): string | undefined {
    let first: { readonly at: number; readonly reason: string } | undefined;
    for (const name of Object.keys(record)) {
      const column = this.#columns.get(name);
      if (column === undefined) return `${pathOf(this.#parent, '*')}: a property that is no column`;
      const reason = problemOfColumn(column, record[name] ?? null);
      if (reason !== undefined && (first === undefined || column.at < first.at)) first = { at: column.at, reason };
    }
    for (const { name, at, path, column } of this.#required) {
      if (first !== undefined && first.at < at) break;
      if (!Object.hasOwn(record, name)) return missing(path, column);
    }
    return first?.reason;
  }
}

function columnCheck(column: Column, at: number, parent: string): ColumnCheck {
  const path = pathOf(parent, column.name);
  const check = valueCheck(column, column.mode === 'REPEATED' ? `${path}[]` : path);
  return { name: column.name, at, path, column, check };
}

function problemOfColumn({ path, column, check }: ColumnCheck, value: JsonValue): string | undefined {
  if (value === null) return column.mode === 'REQUIRED' ? missing(path, column) : undefined;
  return column.mode === 'REPEATED' ? problemOfArray(path, column, check, value) : check(value);
}

function problemOfArray(path: string, { type }: Column, check: Check, value: JsonValue): string | undefined {
  if (!Array.isArray(value)) return `${path}: expected REPEATED ${type} as an array`;
  for (const element of value) {
    const reason = element === null ? `${path}[]: null in a REPEATED column` : check(element);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function missing(path: string, { type }: Column): string {
  return `${path}: a REQUIRED ${type} is missing`;
}

function valueCheck(column: Column, path: string): Check {
  if (column.type === 'RECORD') {
    const record = new RecordCheck(fieldsOf(column), path);
    return (value) => (isJsonObject(value) ? record.problemOf(value) : `${path}: expected RECORD as an object`);
  }
  const { fits, expected } = scalars[column.type];
  const reason = `${path}: expected ${expected}`;
  return (value) => (fits(value) ? undefined : reason);
}

interface Scalar {
  readonly fits: (value: JsonValue) => boolean;
  readonly expected: string;
}

const scalars: Readonly<Record<Exclude<ColumnType, 'RECORD'>, Scalar>> = {
  // DuckDB and BigQuery store UTF-8, which has no lone surrogates.
  STRING: {
    fits: (value) => typeof value === 'string' && value.isWellFormed(),
    expected: 'STRING as well-formed text',
  },
  INT64: { fits: isInt64, expected: 'INT64 as an integer within 2^53, or as a string' },
  FLOAT64: { fits: (value) => Number.isFinite(value), expected: 'FLOAT64 as a number' },
  BOOL: { fits: (value) => typeof value === 'boolean', expected: 'BOOL' },
  TIMESTAMP: { fits: isTimestamp, expected: 'TIMESTAMP as RFC 3339 text with at most 6 fractional digits' },
  DATE: { fits: (value) => typeof value === 'string' && isDate(value), expected: 'DATE as YYYY-MM-DD' },
  JSON: { fits: isJsonText, expected: 'JSON as a string that holds JSON' },
};

function isInt64(value: JsonValue): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value);
  if (typeof value !== 'string' || !integerPattern.test(value)) return false;
  const integer = BigInt(value);
  return integer >= minInt64 && integer <= maxInt64;
}

function isTimestamp(value: JsonValue): boolean {
  return (
    typeof value === 'string' && timestampPattern.test(value) && parseInstant(value.replace(' ', 'T')) !== undefined
  );
}

function isJsonText(value: JsonValue): boolean {
  if (typeof value !== 'string' || !value.isWellFormed()) return false;
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}

function pathOf(parent: string, name: string): string {
  return parent === '' ? name : `${parent}.${name}`;
}

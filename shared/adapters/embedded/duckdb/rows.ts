import { isJsonObject, type JsonObject, type JsonValue } from '../../../event/json.ts';
import { isDate, parseInstant } from '../../../event/time.ts';
import type { Column, ColumnType } from '../../../event-types/column.ts';
import { pubsubLimits } from '../../../ports/publisher.ts';
import { fieldsOf } from './columns.ts';

/** A row ready for `insertStatement`, or why BigQuery would not take it (path and expected type, never a value). */
export type CheckedRow =
  | { readonly kind: 'row'; readonly text: string }
  | { readonly kind: 'refused'; readonly reason: string };

/** Checks one value and gives it back in the one spelling that DuckDB reads exactly. */
type Check = (value: JsonValue | undefined) => JsonValue | RowProblem;

class RowProblem {
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true });
const timestampPattern = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:[0-5]\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)$/;
const integerPattern = /^-?\d{1,19}$/;
const minInt64 = -(2n ** 63n);
const maxInt64 = 2n ** 63n - 1n;

/**
 * Makes the check of a table's rows: JSON texts as a BigQuery subscription with `use_table_schema` takes them.
 *
 * TIMESTAMP (RFC 3339 with an offset and at most six fractional digits), DATE and JSON are strings; INT64 is an integer
 * within ±(2^53 - 1), or a string for the whole range, because a larger number has lost digits by the time it is
 * parsed; RECORD is an object, REPEATED an array without nulls. Absent and null are the same; an absent REPEATED is the
 * empty array, as in BigQuery, which has no NULL arrays. A property that is no column is refused, its name not shown.
 */
export function rowCheck(columns: readonly Column[]): (row: Uint8Array | string) => CheckedRow {
  const check = recordCheck(columns, '');
  return (row) => {
    const parsed = parseRow(row);
    if (parsed instanceof RowProblem) return { kind: 'refused', reason: parsed.reason };
    const checked = check(parsed);
    if (checked instanceof RowProblem) return { kind: 'refused', reason: checked.reason };
    return { kind: 'row', text: JSON.stringify(checked) };
  };
}

function parseRow(row: Uint8Array | string): JsonValue | RowProblem {
  const sizeBytes = typeof row === 'string' ? Buffer.byteLength(row) : row.byteLength;
  if (sizeBytes > pubsubLimits.maxMessageBytes) {
    return new RowProblem(`the row has ${sizeBytes} bytes, the limit is ${pubsubLimits.maxMessageBytes}`);
  }
  try {
    const value: JsonValue = JSON.parse(typeof row === 'string' ? row : decoder.decode(row));
    return isJsonObject(value) ? value : new RowProblem('the row is not a JSON object');
  } catch {
    return new RowProblem('the row is not JSON in UTF-8');
  }
}

function recordCheck(columns: readonly Column[], parent: string): Check {
  const checks = columns.map((column): [string, Check] => [column.name, columnCheck(column, parent)]);
  const names = new Set(columns.map((column) => column.name));
  return (value) => {
    if (!isJsonObject(value)) return new RowProblem(`${parent}: expected RECORD as an object`);
    for (const name of Object.keys(value)) {
      if (!names.has(name)) return new RowProblem(`${pathOf(parent, '*')}: a property that is no column`);
    }
    // All rows of a table have one shape. No column is called `__proto__` (`mapping/names.ts`).
    const checked: JsonObject = {};
    for (const [name, check] of checks) {
      const result = check(Object.hasOwn(value, name) ? value[name] : undefined);
      if (result instanceof RowProblem) return result;
      checked[name] = result;
    }
    return checked;
  };
}

function columnCheck(column: Column, parent: string): Check {
  const path = pathOf(parent, column.name);
  if (column.mode === 'REPEATED') return repeatedCheck(column, path);
  const check = valueCheck(column, path);
  return (value) => {
    if (value !== null && value !== undefined) return check(value);
    return column.mode === 'REQUIRED' ? new RowProblem(`${path}: a REQUIRED ${column.type} is missing`) : null;
  };
}

function repeatedCheck(column: Column, path: string): Check {
  const check = valueCheck(column, `${path}[]`);
  return (value) => {
    if (value === null || value === undefined) return [];
    if (!Array.isArray(value)) return new RowProblem(`${path}: expected REPEATED ${column.type} as an array`);
    const checked: JsonValue[] = [];
    for (const element of value) {
      const result = element === null ? new RowProblem(`${path}[]: null in a REPEATED column`) : check(element);
      if (result instanceof RowProblem) return result;
      checked.push(result);
    }
    return checked;
  };
}

function valueCheck(column: Column, path: string): Check {
  if (column.type === 'RECORD') return recordCheck(fieldsOf(column), path);
  const { fits, expected } = scalars[column.type];
  return (value) => (value !== undefined && fits(value) ? value : new RowProblem(`${path}: expected ${expected}`));
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

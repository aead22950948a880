import {
  DuckDBArrayType,
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListType,
  DuckDBListValue,
  DuckDBMapType,
  DuckDBMapValue,
  DuckDBStructType,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBType,
  DuckDBUnionType,
  DuckDBUnionValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import { type JsonValue, readJson } from '../../../event/json.ts';

const microsPerMilli = 1_000n;
/** What a JavaScript Date can hold, in milliseconds to either side of the epoch (ECMA-262, Time Values). */
const maxDateMillis = 8_640_000_000_000_000n;
/** Decimals up to this many digits survive a double (IEEE 754: DBL_DIG). */
const maxDoubleDigits = 15;

/**
 * A value of a result as JSON.
 *
 * Integers beyond ±(2^53 - 1) and decimals of more than 15 digits are strings, smaller ones numbers; NaN and infinities
 * are the strings `NaN`, `Infinity`, `-Infinity`; TIMESTAMP WITH TIME ZONE is ISO 8601 in UTC with microseconds,
 * TIMESTAMP the same without the Z, DATE YYYY-MM-DD; STRUCT is an object, LIST and ARRAY arrays, MAP an object when its
 * keys are text, else an array of {key, value}; a JSON column is what it holds, a UNION its value; BLOB is base64; the
 * rest (INTERVAL, TIME, UUID, ENUM …) is DuckDB's text.
 */
export function jsonOf(value: DuckDBValue, type: DuckDBType): JsonValue {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') return type.alias === 'JSON' ? parsedOrText(value) : value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  return nestedOf(value, type) ?? textOf(value);
}

type ObjectValue = Exclude<DuckDBValue, null | boolean | number | bigint | string>;

/** Undefined for values that have no parts. */
function nestedOf(value: ObjectValue, type: DuckDBType): JsonValue | undefined {
  if (value instanceof DuckDBListValue && type instanceof DuckDBListType) {
    return value.items.map((item) => jsonOf(item, type.valueType));
  }
  if (value instanceof DuckDBArrayValue && type instanceof DuckDBArrayType) {
    return value.items.map((item) => jsonOf(item, type.valueType));
  }
  if (value instanceof DuckDBStructValue && type instanceof DuckDBStructType) {
    return Object.fromEntries(
      Object.entries(value.entries).map(([name, entry]) => [name, jsonOf(entry, type.typeForEntry(name))]),
    );
  }
  if (value instanceof DuckDBMapValue && type instanceof DuckDBMapType) return mapOf(value, type);
  if (value instanceof DuckDBUnionValue && type instanceof DuckDBUnionType) {
    return jsonOf(value.value, type.memberTypeForTag(value.tag));
  }
  return undefined;
}

function mapOf(map: DuckDBMapValue, type: DuckDBMapType): JsonValue {
  const entries = map.entries.map(({ key, value }) => ({
    key: jsonOf(key, type.keyType),
    value: jsonOf(value, type.valueType),
  }));
  if (!map.entries.every(({ key }) => typeof key === 'string')) return entries;
  return Object.fromEntries(entries.map(({ key, value }) => [String(key), value]));
}

function textOf(value: ObjectValue): string | number {
  if (value instanceof DuckDBTimestampTZValue) return timestampText(value.micros, 'Z') ?? String(value);
  if (value instanceof DuckDBTimestampValue) return timestampText(value.micros, '') ?? String(value);
  if (value instanceof DuckDBDateValue)
    return value.isFinite ? String(value) : value.days < 0 ? '-infinity' : 'infinity';
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('base64');
  if (value instanceof DuckDBDecimalValue) {
    const digits = String(value.value).replace('-', '').length;
    return digits <= maxDoubleDigits ? Number(value.toString()) : value.toString();
  }
  return String(value);
}

/** Undefined for infinities and for years that ISO 8601 writes with a sign (before 0 and after 9999). */
function timestampText(epochMicros: bigint, zone: 'Z' | ''): string | undefined {
  const micros = ((epochMicros % microsPerMilli) + microsPerMilli) % microsPerMilli;
  const millis = (epochMicros - micros) / microsPerMilli;
  if (millis < -maxDateMillis || millis > maxDateMillis) return undefined;
  const text = new Date(Number(millis)).toISOString();
  return /^\d{4}-/.test(text) ? `${text.slice(0, -1)}${String(micros).padStart(3, '0')}${zone}` : undefined;
}

function parsedOrText(text: string): JsonValue {
  try {
    const value = readJson(text);
    return value;
  } catch {
    return text;
  }
}

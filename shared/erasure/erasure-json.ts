import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../event/json.ts';
import type { Erasure, RowsErasure } from '../ports/erasures.ts';

const numbers = [
  'startedAtMillis',
  'erasedAtMillis',
  'cutoffMillis',
  'unreadableFromMillis',
  'named',
  'keysDestroyed',
  'sourcesErased',
  'sourcesShared',
] as const;

/** An erasure as JSON, for storages and answers. `readErasure` is its inverse. */
export function erasureJson({ id, ...others }: Erasure): JsonObject {
  const acknowledged = { ...others.acknowledged };
  const rows = others.rows === undefined ? {} : { rows: { ...others.rows } };
  return { id, ...Object.fromEntries(numbers.map((name) => [name, others[name]])), acknowledged, ...rows };
}

/** Undefined for what is no erasure: another release wrote it. */
function readErasure(value: JsonValue | undefined): Erasure | undefined {
  if (!isJsonObject(value)) return undefined;
  // Records of before consumers acknowledged have none.
  const { id, acknowledged: told = {} } = value;
  const rows = readRows(value['rows']);
  if (!isJsonObject(told) || rows === undefined) return undefined;
  const acknowledged = Object.fromEntries(Object.entries(told).map(([name, at]) => [name, Number(at)]));
  const of = (name: (typeof numbers)[number]): number => {
    const number = value[name];
    return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : Number.NaN;
  };
  const erasure = {
    startedAtMillis: of('startedAtMillis'),
    erasedAtMillis: of('erasedAtMillis'),
    cutoffMillis: of('cutoffMillis'),
    unreadableFromMillis: of('unreadableFromMillis'),
    named: of('named'),
    keysDestroyed: of('keysDestroyed'),
    sourcesErased: of('sourcesErased'),
    sourcesShared: of('sourcesShared'),
  };
  const isWhole = typeof id === 'string' && Object.values(erasure).every((number) => !Number.isNaN(number));
  return isWhole ? { id, ...erasure, acknowledged, ...rows } : undefined;
}

/** As a part of an erasure; undefined for what is none. Records of before rows were treated have none. */
function readRows(value: JsonValue | undefined): Pick<Erasure, 'rows'> | undefined {
  if (value === undefined) return {};
  const { what, pseudonyms } = isJsonObject(value) ? value : {};
  const isWhole = isRowsErasure(what) && typeof pseudonyms === 'number';
  return isWhole ? { rows: { what, pseudonyms } } : undefined;
}

export function isRowsErasure(value: JsonValue | undefined): value is RowsErasure {
  return value === 'unlink' || value === 'rows';
}

/** The erasure that a storage keeps as text. Throws where another release has left something else. */
export function parseErasure(text: string): Erasure {
  const erasure = readErasure(parseJson(text));
  if (erasure === undefined) throw new TypeError('a stored erasure cannot be read: another release wrote it');
  return erasure;
}

import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../event/json.ts';
import type { Erasure } from '../ports/erasures.ts';

const numbers = [
  'startedAtMillis',
  'erasedAtMillis',
  'cutoffMillis',
  'unreadableFromMillis',
  'named',
  'keysDestroyed',
] as const;

/** An erasure as JSON, for storages and answers. `readErasure` is its inverse. */
export function erasureJson({ id, ...others }: Erasure): JsonObject {
  return { id, ...Object.fromEntries(numbers.map((name) => [name, others[name]])) };
}

/** Undefined for what is no erasure: another release wrote it. */
function readErasure(value: JsonValue | undefined): Erasure | undefined {
  if (!isJsonObject(value)) return undefined;
  const { id } = value;
  const of = (name: (typeof numbers)[number]) => {
    const number = value[name];
    return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
  };
  const [startedAtMillis, erasedAtMillis, cutoffMillis, unreadableFromMillis, named, keysDestroyed] = numbers.map(of);
  if (typeof id !== 'string' || startedAtMillis === undefined || erasedAtMillis === undefined) return undefined;
  if (cutoffMillis === undefined || unreadableFromMillis === undefined) return undefined;
  if (named === undefined || keysDestroyed === undefined) return undefined;
  return { id, startedAtMillis, erasedAtMillis, cutoffMillis, unreadableFromMillis, named, keysDestroyed };
}

/** The erasure that a storage keeps as text. Throws where another release has left something else. */
export function parseErasure(text: string): Erasure {
  const erasure = readErasure(parseJson(text));
  if (erasure === undefined) throw new TypeError('a stored erasure cannot be read: another release wrote it');
  return erasure;
}

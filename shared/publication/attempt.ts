import { isJsonObject, type JsonObject, type JsonValue } from '../event/json.ts';
import type { PublicationAttempt } from '../ports/publications.ts';

const outcomes: readonly PublicationAttempt['outcome'][] = ['activated', 'unchanged', 'refused', 'waiting'];

/** The attempt as JSON, as it is stored and sent. */
export function attemptJson(attempt: PublicationAttempt): JsonObject {
  const { reasons, revision, ...rest } = attempt;
  return {
    ...rest,
    ...(revision === undefined ? {} : { revision }),
    reasons: reasons.map(({ pointer, message }) => ({ pointer, message })),
  };
}

/** Reads what `attemptJson` made; undefined for anything else. */
export function readAttempt(value: JsonValue): PublicationAttempt | undefined {
  if (!isJsonObject(value)) return undefined;
  const { subject, object, generation, atMillis, revision, reasons } = value;
  const outcome = outcomes.find((each) => each === value['outcome']);
  if (typeof subject !== 'string' || typeof object !== 'string' || typeof generation !== 'string') return undefined;
  if (typeof atMillis !== 'number' || outcome === undefined || !Array.isArray(reasons)) return undefined;
  return {
    subject,
    object,
    generation,
    atMillis,
    outcome,
    ...(typeof revision === 'number' ? { revision } : {}),
    reasons: reasons.filter(isJsonObject).map(({ pointer, message }) => {
      return { pointer: String(pointer), message: String(message) };
    }),
  };
}

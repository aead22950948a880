import { isJsonObject, type JsonObject, type JsonValue } from '../../event/json.ts';
import { compileSchema } from '../../event-types/validator.ts';
import { type Building, valuesOf } from './build-value.ts';
import { failsIn, fits, type Term, type Terms } from './facts.ts';
import { Search } from './search.ts';

/** Bounds of the work for one example; beyond them there is none. */
const bounds = { maxSteps: 3_000, maxSearchSteps: 20_000, maxTried: 60, maxShrinks: 300, maxLength: 10_000 } as const;

interface WitnessRequest {
  readonly old: Term;
  readonly next: Term;
  readonly terms: Terms;
  readonly checkFormat?: (format: string, text: string) => boolean | undefined;
}

type Judge = (value: JsonValue) => boolean;

/**
 * A value that the old schema accepts and the new one refuses: a validator was asked about both. As small as leaving
 * things out and making them shorter gets it. Undefined where none was found within the bounds.
 */
export function findWitness({ old, next, terms, checkFormat }: WitnessRequest): JsonValue | undefined {
  const formats = checkFormat !== undefined;
  const [fitsOld, fitsNext] = [judgeOf(old, formats), judgeOf(next, formats)];
  if (fitsOld === undefined || fitsNext === undefined) return undefined;
  const isWitness: Judge = (value) => fitsOld(value) && !fitsNext(value);
  const meaning = { terms, formats, ...(formats ? { checkFormat } : {}) };
  const search = new Search({ ...meaning, maxSteps: bounds.maxSearchSteps });
  const building: Building = { search, options: meaning, steps: bounds.maxSteps, ...(formats ? { checkFormat } : {}) };
  let tried = 0;
  for (const value of valuesOf(building, [fits(old), failsIn(next)])) {
    if (isWitness(value) && JSON.stringify(value).length <= bounds.maxLength) return shrink(value, isWitness);
    if (++tried >= bounds.maxTried) break;
  }
  return undefined;
}

/** Asks the validator of ingest; undefined for a schema of which none can be made. */
function judgeOf({ schema }: Term, formats: boolean): Judge | undefined {
  if (!isJsonObject(schema)) return () => schema;
  try {
    const validate = compileSchema(schema, { strict: false, validateFormats: formats });
    return (value) => validate(value) === true;
  } catch {
    return undefined;
  }
}

function shrink(value: JsonValue, isWitness: Judge): JsonValue {
  let [smallest, left]: [JsonValue, number] = [value, bounds.maxShrinks];
  for (let found = true; found; ) {
    found = false;
    for (const smaller of smallerThan(smallest)) {
      if (--left < 0) return smallest;
      if (!isWitness(smaller)) continue;
      smallest = smaller;
      found = true;
      break;
    }
  }
  return smallest;
}

/** Values with something left out, or with something shorter in its place. Each is smaller, so that this ends. */
function* smallerThan(value: JsonValue): Generator<JsonValue> {
  if (typeof value === 'string' && value.length > 0) {
    yield* ['', value.slice(0, Math.floor(value.length / 2)), value.slice(1), value.slice(0, -1)];
  } else if (Array.isArray(value)) {
    for (const at of value.keys()) yield value.toSpliced(at, 1);
    for (const [at, item] of value.entries()) for (const smaller of smallerThan(item)) yield value.with(at, smaller);
  } else if (isJsonObject(value)) yield* smallerObjects(value);
  else if (typeof value === 'number' && String(value).length > 1) yield* [0, 1].filter((n) => n !== value);
}

function* smallerObjects(value: JsonObject): Generator<JsonValue> {
  const entries = Object.entries(value);
  for (const at of entries.keys()) yield Object.fromEntries(entries.toSpliced(at, 1));
  for (const [at, [name, inner]] of entries.entries()) {
    for (const smaller of smallerThan(inner)) yield Object.fromEntries(entries.with(at, [name, smaller]));
  }
}

import { isJsonObject, type JsonObject, type JsonValue } from '../event/json.ts';
import type { KeyPlan, Pseudonymize } from './column.ts';

/** Called for each key that a plan treats, with the object that it stands in; the trail leads to the key. */
type VisitKey = (object: JsonObject, key: string, treatment: Pseudonymize) => void;

/** Visits the treated keys of a value that the trail leads to. */
export function visitKeys(value: JsonValue, plan: KeyPlan, trail: JsonValue[], visit: VisitKey): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    const declared = Array.isArray(value) ? plan.items : plan.declared.get(key);
    const below = declared ?? plan.others;
    trail.push(inner);
    if (below !== undefined) visitKeys(inner, below, trail, visit);
    trail.pop();
    if (Array.isArray(value) || declared !== undefined || plan.keys === undefined) continue;
    trail.push(key);
    visit(value, key, plan.keys);
    trail.pop();
  }
}

/** What keys have become, by the object that they stand in; undefined for one that is left out with its value. */
export type NewKeys = ReadonlyMap<JsonObject, ReadonlyMap<string, string | undefined>>;

/** A value with new keys. Where two fall together both stay, the second with a number, so that nothing is lost unseen. */
export function withKeys(value: JsonValue, keys: NewKeys): JsonValue {
  if (Array.isArray(value)) return value.map((item) => withKeys(item, keys));
  if (!isJsonObject(value)) return value;
  const own = keys.get(value);
  const taken = new Set(Object.keys(value).filter((key) => own?.has(key) !== true));
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]): [string, JsonValue][] => {
      if (own?.has(key) !== true) return [[key, withKeys(inner, keys)]];
      const wanted = own.get(key);
      if (wanted === undefined) return [];
      let name = wanted;
      for (let number = 2; taken.has(name); number++) name = `${wanted} ${number}`;
      taken.add(name);
      return [[name, withKeys(inner, keys)]];
    }),
  );
}

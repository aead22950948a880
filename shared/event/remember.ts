/**
 * What `make` gives for a key, made once while it is remembered. At `maxSize` all is forgotten, and what is asked for then is
 * made anew: for what is cheap to make again, and mostly asked for by the same few.
 */
export function remember<Value extends NonNullable<unknown>>(
  known: Map<string, Value>,
  key: string,
  maxSize: number,
  make: () => Value,
): Value {
  const found = known.get(key);
  if (found !== undefined) return found;
  if (known.size >= maxSize) known.clear();
  const made = make();
  known.set(key, made);
  return made;
}

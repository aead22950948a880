import type { JsonValue } from './json.ts';

/**
 * Whether any of these values, parsed from one JSON array of `arrayBytes` bytes, may have text of more than `maxBytes`. Told
 * without a look at the text, by what the others need at least: false is certain, true is not, so that whoever has to know
 * measures then. That is for arrays with much between their values, such as indented ones, and where one is that large.
 */
export function mayExceed(values: readonly JsonValue[], arrayBytes: number, maxBytes: number): boolean {
  let [sum, largest] = [1, 0];
  for (const value of values) {
    const bytes = leastBytes(value, maxLevels);
    // With the comma, or the array's last bracket.
    sum += bytes + 1;
    largest = Math.max(largest, bytes);
    // Whatever is behind it has not more than is left.
    if (largest + arrayBytes - sum <= maxBytes) return false;
  }
  return largest + arrayBytes - sum > maxBytes;
}

/** What is nested deeper counts as nothing, which keeps the bound one, and the stack small. */
const maxLevels = 32;

/** JSON text of a value is no shorter: UTF-8 takes a byte at least for each UTF-16 unit, an escape more. */
function leastBytes(value: JsonValue, levels: number): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value === 'number') return 1;
  if (typeof value !== 'object' || value === null) return 4;
  if (levels === 0) return 0;
  // The opening bracket; what follows a value is a comma or the closing one.
  let bytes = 1;
  if (Array.isArray(value)) for (const item of value) bytes += leastBytes(item, levels - 1) + 1;
  else for (const key in value) bytes += key.length + leastBytes(value[key] ?? null, levels - 1) + 4;
  return bytes;
}

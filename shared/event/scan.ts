import { type Rejected, rejected } from '../outcome/outcome.ts';
import type { JsonValue } from './json.ts';

/**
 * Walks a parsed event once and finds what JSON allows but no later stage could carry unchanged: nesting beyond
 * `maxNesting` levels, numbers that overflowed to infinity, half surrogate pairs (in keys, too), and `__proto__` keys.
 * Paths are not told: the walk runs before a schema says which segments may be shown.
 */
export function scanEvent(value: JsonValue, maxNesting: number): Rejected | undefined {
  if (typeof value === 'string') return value.isWellFormed() ? undefined : rejected('text');
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : rejected('number');
  if (typeof value !== 'object' || value === null) return undefined;
  if (maxNesting === 0) return rejected('nesting');
  if (Array.isArray(value)) {
    for (const item of value) {
      const fault = scanEvent(item, maxNesting - 1);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }
  for (const key of Object.keys(value)) {
    if (key === '__proto__') return rejected('key');
    if (!key.isWellFormed()) return rejected('text');
    const fault = scanEvent(value[key] ?? null, maxNesting - 1);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

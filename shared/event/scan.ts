import { type Rejected, rejected } from '../outcome/outcome.ts';
import { expectedOfEvent } from './expected-event.ts';
import type { JsonValue } from './json.ts';
import { holdsChangedNumber } from './number-text.ts';

/** A parsed event, and what its client wrote. */
export interface WrittenEvent {
  readonly value: JsonValue;
  /** Asked for only where a number could have changed when it was read. */
  readonly text: () => string;
  /** `mayHoldTinyNumber` of the text or of the batch around it; asked for only where there is a zero. */
  readonly mayHoldTinyNumber: () => boolean;
  /** No string of it can hold half a surrogate pair: its text was UTF-8 without a `\\u`. Where absent, each is looked at. */
  readonly isWellFormed?: boolean;
}

/**
 * Walks a parsed event once and finds what JSON allows but no later stage could carry unchanged: nesting beyond
 * `maxNesting` levels, numbers that changed when they were read (`holdsChangedNumber`), half surrogate pairs (in keys,
 * too), and `__proto__` keys. Of a part of an event `levelsAbove` says how deep it stands. Paths are not told: the walk runs before a schema says which segments may be shown.
 */
export function scanEvent(event: WrittenEvent, maxNesting: number, levelsAbove = 0): Rejected | undefined {
  const seen: Seen = { large: false, zero: false, isWellFormed: event.isWellFormed === true };
  const fault = scanValue(event.value, maxNesting - levelsAbove, seen);
  if (fault !== undefined) return faultOf(fault, maxNesting);
  const isDoubtful = seen.large || (seen.zero && event.mayHoldTinyNumber());
  return isDoubtful && holdsChangedNumber(event.text()) ? faultOf('number', maxNesting) : undefined;
}

type Fault = 'nesting' | 'number' | 'text' | 'key';

/** One for all events that break a rule. */
const faults = new Map<string, Rejected>();

function faultOf(rule: Fault, maxNesting: number): Rejected {
  const name = `${rule} ${maxNesting}`;
  const known = faults.get(name) ?? rejected(rule, '', rule, expectedOfEvent(rule, { maxNesting, maxEventBytes: 0 }));
  faults.set(name, known);
  return known;
}

interface Seen {
  /** Numbers as which others are read. */
  large: boolean;
  zero: boolean;
  readonly isWellFormed: boolean;
}

function scanValue(value: JsonValue, maxNesting: number, seen: Seen): Fault | undefined {
  // Here and below: to call this, which calls itself, for each leaf would take half of the time.
  if (typeof value !== 'object') return scanLeaf(value, seen);
  if (value === null) return undefined;
  if (maxNesting === 0) return 'nesting';
  if (Array.isArray(value)) {
    for (const item of value) {
      const fault = typeof item === 'object' ? scanValue(item, maxNesting - 1, seen) : scanLeaf(item, seen);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }
  // Parsed JSON inherits nothing that could be listed, and to list its keys in an array takes twice the time.
  for (const key in value) {
    if (key === '__proto__') return 'key';
    if (!seen.isWellFormed && !key.isWellFormed()) return 'text';
    const part = value[key] ?? null;
    const fault = typeof part === 'object' ? scanValue(part, maxNesting - 1, seen) : scanLeaf(part, seen);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function scanLeaf(value: string | number | boolean, seen: Seen): Fault | undefined {
  if (typeof value === 'string') return seen.isWellFormed || value.isWellFormed() ? undefined : 'text';
  if (typeof value === 'boolean') return undefined;
  if (value === 0) seen.zero = true;
  else if (value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER) seen.large = true;
  return undefined;
}

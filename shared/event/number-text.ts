/** Strings, which are stepped over, and numbers of JSON text (RFC 8259 sections 6 and 7). */
const stringOrNumber = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g;

/** Every number that changes has as many digits, or an exponent; most texts have neither. */
const mayBeChanged = /\d{16}|\d[eE]/;

/**
 * Whether valid JSON text holds a number that a parser of doubles reads as another one: an integer beyond 2^53, where
 * neighbours fall together, or a value beyond the range of doubles or so small that it becomes zero. A literal with a
 * fraction or an exponent stands for the nearest double, so that its rounding changes nothing.
 */
export function holdsChangedNumber(text: string): boolean {
  if (!mayBeChanged.test(text)) return false;
  for (const [token] of text.matchAll(stringOrNumber)) if (!token.startsWith('"') && isChanged(token)) return true;
  return false;
}

function isChanged(literal: string): boolean {
  const value = Number(literal);
  if (/^-?\d+$/.test(literal)) return !Number.isSafeInteger(value);
  return !Number.isFinite(value) || (value === 0 && /[1-9]/.test(literal.replace(/e.*/i, '')));
}

/** Digits that a number needs to become zero: an exponent of three, or so many places. Looked for once a batch. */
const tiny = /(?<=[\d.])[eE]-\d{3}|\d{200}/;

/** False for text without a number that becomes zero; true for some other text too. */
export function mayHoldTinyNumber(text: string): boolean {
  return tiny.test(text);
}

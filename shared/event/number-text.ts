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

/**
 * The end of a number with an exponent of three digits, in front of what may stand behind a number: an id such as
 * `…-0a3e-4123-…` ends no number.
 */
const tinyExponent = /[\d.][eE]-\d{3,}\s*(?:[,\]}]|$)/;
/** Without such an exponent a number needs so many places to become zero. */
const tinyPlaces = 200;

/** False for text without a number that becomes zero; true for some other text too. Looked for once a batch. */
export function mayHoldTinyNumber(text: string): boolean {
  return tinyExponent.test(text) || holdsDigits(text, tinyPlaces);
}

/** Whether so many digits follow each other. Where they do, one of them stands at a multiple: the others are not looked at. */
function holdsDigits(text: string, count: number): boolean {
  for (let at = count - 1; at < text.length; at += count) {
    let digits = 0;
    for (let before = at; isDigit(text.charCodeAt(before)); before--) digits++;
    if (digits === 0) continue;
    for (let behind = at + 1; digits < count && isDigit(text.charCodeAt(behind)); behind++) digits++;
    if (digits >= count) return true;
  }
  return false;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

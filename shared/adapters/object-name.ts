/** Longest name of an object, as in Cloud Storage. */
const maxObjectNameBytes = 1_024;
/** Longest part between two slashes: what common file systems hold, less room for a suffix. */
const maxObjectNameSegmentBytes = 200;

/**
 * Throws a `RangeError` unless `name` is one that every object store takes, and that stays inside a folder when it is
 * used as a path: relative, `/` between non-empty parts, no part `.` or `..`, no backslash, no control character, bounded.
 * The error does not repeat the name, which may come from a client.
 */
export function assertObjectName(name: string): void {
  const problem = problemOf(name, name.split('/'));
  if (problem !== undefined) throw new RangeError(`not a name of an object: ${problem}`);
}

/** The order that Cloud Storage lists names in ("Objects: list", REST reference). */
export function byBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

function problemOf(name: string, parts: readonly string[]): string | undefined {
  if (Buffer.byteLength(name) > maxObjectNameBytes) return `it is longer than ${maxObjectNameBytes} bytes`;
  if (!name.isWellFormed()) return 'it is not well-formed Unicode';
  if (/[\p{Cc}\\]/u.test(name)) return 'it holds a control character or a backslash';
  for (const part of parts) {
    if (part === '') return 'it begins or ends with a slash, or has two in a row, or is empty';
    if (part === '.' || part === '..') return 'a part of it is "." or ".."';
    if (Buffer.byteLength(part) > maxObjectNameSegmentBytes) {
      return `a part of it is longer than ${maxObjectNameSegmentBytes} bytes`;
    }
  }
  return undefined;
}

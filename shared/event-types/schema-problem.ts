/** Why a schema cannot be used: where in the schema, what is wrong and what to do. */
export interface SchemaProblem {
  /** JSON Pointer into the schema document. */
  readonly pointer: string;
  readonly message: string;
}

/** One segment of a JSON Pointer (RFC 6901 section 3), escaped. */
export function pointerSegment(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

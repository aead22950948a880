/** Why a document cannot be used, be it a schema or what is written beside schemas: where, what is wrong and what to do. */
export interface SchemaProblem {
  /** JSON Pointer into the document. */
  readonly pointer: string;
  readonly message: string;
}

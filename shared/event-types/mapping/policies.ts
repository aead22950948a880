/** What teams decide differently about schemas that they did not write. */
export interface MappingPolicies {
  /** A map (an object of undeclared keys): one JSON column, or a REPEATED RECORD of `key` and `value`. */
  readonly maps: 'json' | 'entries';
  /** What may be of several types: a JSON column, or a STRING of the value's JSON text. */
  readonly unions: 'json' | 'string';
  /** Column names in snake_case, or as the properties are called where BigQuery can hold that. */
  readonly names: 'snake' | 'keep';
}

export const defaultPolicies: MappingPolicies = { maps: 'json', unions: 'json', names: 'snake' };

/** Why something has no column of its own type, or another one than its schema suggests. */
export type NoteReason =
  /** Any value may come. JSON. */
  | 'free-form'
  /** An object whose keys are not declared. JSON. */
  | 'map'
  /** Several types, or objects of different columns. JSON, or STRING by policy. */
  | 'union'
  | 'array-of-arrays'
  /** A REPEATED column holds no null. JSON. */
  | 'nullable-items'
  /** Items have types by their position. JSON. */
  | 'tuple'
  | 'only-null'
  /** A schema inside itself. JSON. */
  | 'recursive'
  /** Deeper than BigQuery nests RECORDs. JSON. */
  | 'too-deep'
  /** The deepest RECORDs become JSON until the rest fits a table. */
  | 'too-many-columns'
  /** Integers that no INT64 holds. JSON. */
  | 'integer-range'
  /** No value can stand here: no column. */
  | 'never'
  /** A `$ref` that leads to nothing, out of the allowed folder, or in a circle. JSON where nothing else is said. */
  | 'reference'
  /** The column is not called as the property, because BigQuery cannot hold that name. */
  | 'name'
  /** The column got a number, because another one has its name. */
  | 'name-collision'
  /** Described by `patternProperties` or `additionalProperties` beside declared properties: reaches no column. */
  | 'undeclared'
  /** No `type`: read as the one that the other keywords are for. */
  | 'type-inferred'
  /** A treatment that cannot be applied. */
  | 'treatment'
  /** The document is not an object's schema: its one column is called `data`. */
  | 'not-an-object'
  /** Nothing could be read: not JSON, not a schema, too large. */
  | 'not-a-schema';

/** Something to know about how a schema was mapped. */
export interface MappingNote {
  /** JSON Pointer into the schema. */
  readonly pointer: string;
  /** Path of the column below `data`: `user.address`. */
  readonly column?: string;
  readonly reason: NoteReason;
  readonly message: string;
}

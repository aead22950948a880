/** BigQuery's types, as far as the mapping uses them. */
export const columnTypes = ['STRING', 'INT64', 'FLOAT64', 'BOOL', 'TIMESTAMP', 'DATE', 'JSON', 'RECORD'] as const;
export type ColumnType = (typeof columnTypes)[number];

/** A column of a type's table, and where its value comes from. */
export interface Column {
  /** snake_case name in the table. */
  readonly name: string;
  /** The property that it is filled from (for payload columns). */
  readonly property: string;
  readonly type: ColumnType;
  readonly mode: 'REQUIRED' | 'NULLABLE' | 'REPEATED';
  readonly description?: string;
  /** Of a RECORD: its columns, at least one. */
  readonly fields?: readonly Column[];
  /** Of a RECORD: every property that its schema declares, with or without a column. */
  readonly declared?: ReadonlySet<string>;
  readonly treatment?: Treatment;
  /** Of a JSON column: which undeclared keys in it are treated. */
  readonly keys?: KeyPlan;
}

/** Which keys inside a JSON value are pseudonymized, level by level; a recursive schema makes a plan that holds itself. */
export interface KeyPlan {
  /** Of names that are declared, which stay. */
  readonly declared: ReadonlyMap<string, KeyPlan>;
  /** What becomes of the others. */
  readonly keys?: Pseudonymize;
  /** Of what stands under the others, and of the items of an array. */
  readonly others?: KeyPlan;
  readonly items?: KeyPlan;
}

/** Whose data a value is: a realm (whose numbering) and where in the event the subject stands. */
export interface DataSubjectReference {
  readonly realm: string;
  /** A JSON Pointer into `data` ("/sender/id"), or a Relative JSON Pointer from the property ("1/id": its sibling). */
  readonly pointer: string;
  /** Somebody has thought of events in which nobody stands there: the check says nothing of it. */
  readonly optional?: true;
}

/** Encrypted with the key of its data subject: text and whole numbers as they are, all else as canonical JSON. */
export interface Pseudonymize {
  readonly do: 'pseudonymize';
  /** Values may be of other kinds than text and whole numbers. */
  readonly anyKind?: true;
  /** Filled up to a multiple of so many bytes before encryption, so that the length of a pseudonym tells less. */
  readonly padBytes?: number;
  readonly subject?: DataSubjectReference;
  readonly keepDays?: number;
}

/**
 * Replaced by a keyed hash that nobody reads back, equal for equal values of all people, in one realm and domain. `subject`
 * says whose the value is, as with the others; the token does not depend on it.
 */
export interface Tokenize {
  readonly do: 'tokenize';
  readonly realm: string;
  /** What is to be joined with what: tokens of two domains have nothing in common. */
  readonly domain: string;
  readonly subject?: DataSubjectReference;
  readonly keepDays?: number;
}

/**
 * What happens to a personal value before it reaches a topic or a table. Without `subject`: the envelope's. `keepDays`: how
 * many days after the event its table keeps the value; as long as the row, where it is absent.
 */
export type Treatment =
  /** `column`: a released property that is dropped from now on keeps its column, which stays empty. */
  | { readonly do: 'drop'; readonly column?: ColumnType }
  | Pseudonymize
  | Tokenize
  | {
      readonly do: 'truncate';
      readonly to: 'network' | 'hour' | 'day';
      readonly subject?: DataSubjectReference;
      readonly keepDays?: number;
    }
  | {
      readonly do: 'truncate';
      readonly to: 'grid';
      readonly gridDegrees: number;
      readonly subject?: DataSubjectReference;
      readonly keepDays?: number;
    };

/** A column of our own, which no property of a schema gives. */
export function ownColumn(name: string, type: ColumnType, mode: Column['mode'], description: string): Column {
  return { name, property: name, type, mode, description };
}

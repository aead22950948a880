import type { LegacyReason } from '../outcome/outcome.ts';
import type { ForeignFile } from './foreign-file.ts';
import type { Place } from './lines.ts';

/** A record that became an event. */
export interface MappedRecord {
  readonly kind: 'event';
  readonly place: Place;
  readonly type: string;
  /** The record as the file has it. */
  readonly line: string;
  /** JSON of the CloudEvent; made of `written` when it is asked for. */
  readonly text: string;
  /** The same in UTF-8: from `start` to `end` of what is written. */
  readonly written: WrittenEvents;
  readonly start: number;
  readonly end: number;
}

/** Events as JSON, mostly of many records, with a byte between one and the next that is a comma. */
export interface WrittenEvents {
  readonly bytes: Buffer;
}

/** A record that did not. */
export interface BadRecord {
  readonly kind: 'bad';
  readonly place: Place;
  readonly reason: LegacyReason;
  /** The name of the column, where it was one. */
  readonly column?: string;
  /** The record as the file has it; of one that is too long, SHA-256 instead, in hex. */
  readonly content: { readonly bytes: Uint8Array } | { readonly sha256: string };
}

/** Why nothing more of a file can be read. Nothing of it is lost: it stays where it is. */
export type Unusable =
  | {
      readonly kind: 'unusable';
      readonly reason: 'columns';
      readonly columns: readonly string[];
      readonly line: number;
    }
  | { readonly kind: 'unusable'; readonly reason: 'no-fields' | ForeignFile; readonly line: number };

/** Where reading can go on: before the line that begins at `offset`. Plain JSON. */
export interface ReaderState {
  readonly offset: number;
  readonly line: number;
  /** Names that the header or a directive gave. */
  readonly names?: readonly string[];
  readonly types?: readonly string[];
  readonly directives?: Readonly<Record<string, string>>;
}

/** How far a file was read, and from where it has to be read to go on: equal records before are counted again. */
export interface Checkpoint {
  readonly countFrom: ReaderState;
  /** Records before this offset have been told. */
  readonly toldTo: number;
}

export interface RecordCounts {
  /** Lines that are records, whatever became of them. */
  readonly records: number;
  readonly mapped: number;
  /** Records that a rule of the mapping leaves out. */
  readonly skipped: number;
  readonly bad: number;
}

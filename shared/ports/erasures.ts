/** What becomes of the rows of who is erased, where that is asked for: nobody can link them, or they are deleted. */
export type RowsErasure = 'unlink' | 'rows';

/** What is kept of an erasure: how far it is, and never whom it erased. */
export interface Erasure {
  /** UUIDv7 of whoever asked. */
  readonly id: string;
  readonly startedAtMillis: number;
  /** Of the part that came last; so are the two below. */
  readonly erasedAtMillis: number;
  /** What is received before is covered. */
  readonly cutoffMillis: number;
  /** From then on nobody can read anything that was stored. */
  readonly unreadableFromMillis: number;
  /** People and installations that were named so far: where a list goes on. */
  readonly named: number;
  /** Keys of theirs that there were. */
  readonly keysDestroyed: number;
  /** Installations that these people alone were seen with, and which were erased with them. */
  readonly sourcesErased: number;
  /** Installations that others were seen with, too: they stay. */
  readonly sourcesShared: number;
  /** When each consumer said that its copies are gone, by its name. */
  readonly acknowledged: Readonly<Record<string, number>>;
  /** Absent: rows stay as they are. `pseudonyms`: of how many that had a key rows are to be treated; repeated parts count again. */
  readonly rows?: { readonly what: RowsErasure; readonly pseudonyms: number };
}

export interface StoredErasure {
  readonly erasure: Erasure;
  /** Of the erasure as it was read: another after every save. */
  readonly version: string;
}

/** Records of erasures, for good. Whoever saves one says which version it has read. All calls reject with `Unavailable`. */
export interface Erasures {
  find(id: string): Promise<StoredErasure | undefined>;
  /** Answers with the version, or `changed` where what is stored is not what was read. */
  save(erasure: Erasure, version: string | undefined): Promise<string | 'changed'>;
}

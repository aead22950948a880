/** A record as its row in the table has it. */
export interface RecordRow {
  readonly publishTimeMillis: number;
  /** JSON; empty for a pack. */
  readonly attributes: string;
  readonly data: Uint8Array;
}

/** What tells a record from what its messages become when it is taken apart: the last of them has its id. */
interface RecordName {
  readonly recordId: number;
  readonly shared: number;
}

interface Kept extends RecordRow {
  readonly shared: number;
}

/**
 * Records that were committed not long ago. Mostly they are delivered soon, and need not be read back from the file then.
 * A record never changes, so what is here is the same as there.
 */
export class RecentRecords {
  readonly #maxBytes: number;
  readonly #rows = new Map<number, Kept>();
  #bytes = 0;

  /** `maxBytes`: of data. What comes when that is reached is not kept. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The memory of the data must be nobody else's. */
  keep({ recordId, shared }: RecordName, { publishTimeMillis, attributes, data }: RecordRow): void {
    const bytes = this.#bytes + data.byteLength;
    if (bytes > this.#maxBytes) return;
    this.#bytes = bytes;
    this.#rows.set(recordId, { publishTimeMillis, attributes, data, shared });
  }

  find({ recordId, shared }: RecordName): RecordRow | undefined {
    const kept = this.#rows.get(recordId);
    return kept?.shared === shared ? kept : undefined;
  }

  /** For a record that is deleted, whatever becomes of the transaction. */
  forget(recordId: number): void {
    const kept = this.#rows.get(recordId);
    if (kept === undefined) return;
    this.#bytes -= kept.data.byteLength;
    this.#rows.delete(recordId);
  }

  forgetAll(): void {
    this.#bytes = 0;
    this.#rows.clear();
  }
}

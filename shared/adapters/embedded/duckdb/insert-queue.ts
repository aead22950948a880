import { Unavailable } from '../../../ports/unavailable.ts';

export interface InsertQueueSettings {
  /** Rows of one INSERT statement, which is one transaction. Default 2,000. */
  readonly maxBatchRows: number;
  /** Bytes of one INSERT statement's rows; a larger single row goes alone. Default 8 MiB. */
  readonly maxBatchBytes: number;
  /** Bytes of rows that wait or are being written; beyond it `append` rejects with `Unavailable`. Default 64 MiB. */
  readonly maxQueuedBytes: number;
}

export const defaultInsertQueueSettings: InsertQueueSettings = {
  maxBatchRows: 2_000,
  maxBatchBytes: 8 * 1_024 * 1_024,
  maxQueuedBytes: 64 * 1_024 * 1_024,
};

interface WaitingRow<Answer> {
  readonly text: string;
  readonly bytes: number;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Rows on their way into tables. What arrives for a table while a statement runs goes into its next statement: planning
 * an INSERT and flushing its commit cost some 5 ms whatever its size, and a bus delivers many small batches at once.
 */
export class InsertQueue<Answer> {
  readonly #insert: (table: string, rows: readonly string[]) => Promise<readonly Answer[]>;
  readonly #settings: InsertQueueSettings;
  readonly #waiting = new Map<string, WaitingRow<Answer>[]>();
  #queuedBytes = 0;
  #draining: Promise<void> | undefined;

  /** `insert` writes rows of one table and answers per row, in order; it runs one call at a time. */
  constructor(
    insert: (table: string, rows: readonly string[]) => Promise<readonly Answer[]>,
    settings: InsertQueueSettings,
  ) {
    this.#insert = insert;
    this.#settings = settings;
  }

  /** The answers per row, in order. Rejects with what `insert` rejects with, or `Unavailable` when too much waits. */
  async add(table: string, rows: readonly string[]): Promise<Answer[]> {
    if (rows.length === 0) return [];
    const sizes = rows.map((row) => Buffer.byteLength(row));
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    // A single append larger than the whole bound must still get through, alone.
    if (this.#queuedBytes > 0 && this.#queuedBytes + bytes > this.#settings.maxQueuedBytes) {
      throw new Unavailable('warehouse', `${this.#queuedBytes} bytes of rows are waiting to be written already`);
    }
    this.#queuedBytes += bytes;
    const waiting = this.#waiting.get(table) ?? [];
    this.#waiting.set(table, waiting);
    const answers = rows.map(
      (text, index) =>
        new Promise<Answer>((resolve, reject) => {
          waiting.push({ text, bytes: sizes[index] ?? 0, resolve, reject });
        }),
    );
    this.#draining ??= this.#drain();
    return Promise.all(answers);
  }

  /** Resolves when everything that was added has been answered. */
  async settled(): Promise<void> {
    await this.#draining;
  }

  async #drain(): Promise<void> {
    for (const [table, waiting] of this.#waiting) {
      this.#waiting.delete(table);
      const batch = waiting.splice(0, this.#batchLength(waiting));
      // The rest queues up behind the other tables: a Map iterates over what is added meanwhile.
      if (waiting.length > 0) this.#waiting.set(table, waiting);
      await this.#write(table, batch);
    }
    this.#draining = undefined;
  }

  async #write(table: string, batch: readonly WaitingRow<Answer>[]): Promise<void> {
    try {
      const answers = await this.#insert(
        table,
        batch.map((row) => row.text),
      );
      for (const [index, answer] of answers.entries()) batch[index]?.resolve(answer);
    } catch (error) {
      for (const row of batch) row.reject(error);
    } finally {
      for (const row of batch) this.#queuedBytes -= row.bytes;
    }
  }

  #batchLength(waiting: readonly WaitingRow<Answer>[]): number {
    let bytes = 0;
    let length = 0;
    for (const row of waiting) {
      bytes += row.bytes;
      if (length > 0 && (bytes > this.#settings.maxBatchBytes || length >= this.#settings.maxBatchRows)) break;
      length += 1;
    }
    return length;
  }
}

import type { DatabaseSync } from 'node:sqlite';
import type { Dependency } from '../../outcome/outcome.ts';
import { Unavailable } from '../../ports/unavailable.ts';
import { asUnavailable } from './database.ts';

/** Registers what to do in memory once the transaction is committed; it is not done when the transaction fails. */
export type AfterCommit = (effect: () => void) => void;

/**
 * What an answer survives: a power failure (it comes when the log is on the disk), or the death of the process (it comes
 * when the operating system has it; a power failure then takes the latest of it, never what is in between).
 */
export type Durability = (typeof durabilities)[number];
/** The default first. */
export const durabilities = ['power-failure', 'process-death'] as const;

interface CommitOptions {
  /** False: the answer need not wait for the disk. Nothing that is committed later is on it before. Default true. */
  readonly synced?: boolean;
  /** The name in `Unavailable`, where it is another than the file's. */
  readonly dependency?: Dependency;
}

interface Waiting {
  readonly dependency: Dependency;
  readonly synced: boolean;
  /** Runs the operation in the open transaction; the returned function resolves its caller. */
  readonly perform: (afterCommit: AfterCommit) => () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Runs operations that arrive in the same turn of the event loop in one transaction, since a transaction costs more than
 * the few rows that one operation touches. The order of arrival is kept.
 */
export class GroupCommit {
  readonly #database: DatabaseSync;
  readonly #dependency: Dependency;
  readonly #defer: (task: () => void) => void;
  readonly #durability: Durability;
  /** What SQLite is set to: `openDatabase` sets it so. */
  #syncs = true;
  #waiting: Waiting[] = [];
  #closed = false;

  /** `defer` runs a task when the current turn has ended; `dependency` is the name in `Unavailable`. */
  constructor(
    database: DatabaseSync,
    dependency: Dependency,
    options: { readonly defer?: (task: () => void) => void; readonly durability?: Durability } = {},
  ) {
    this.#database = database;
    this.#dependency = dependency;
    this.#defer = options.defer ?? setImmediate;
    this.#durability = options.durability ?? 'power-failure';
  }

  /**
   * Resolves with what `operation` returns once it is committed. Rejects with `Unavailable` when the storage fails, for
   * every operation of the same transaction; with the error itself when an operation throws another (a bug).
   */
  run<T>(operation: (afterCommit: AfterCommit) => T, options: CommitOptions = {}): Promise<T> {
    const { synced = true, dependency = this.#dependency } = options;
    if (this.#closed) return Promise.reject(new Unavailable(dependency, 'the embedded storage is closed'));
    return new Promise((resolve, reject) => {
      const perform = (afterCommit: AfterCommit): (() => void) => {
        const value = operation(afterCommit);
        return () => resolve(value);
      };
      if (this.#waiting.push({ perform, reject, synced, dependency }) === 1) this.#defer(() => this.flush());
    });
  }

  /** Commits what waits, now. */
  flush(): void {
    const group = this.#waiting;
    if (group.length === 0) return;
    this.#waiting = [];
    const effects: (() => void)[] = [];
    try {
      this.#rollBack();
      this.#setSync(this.#durability === 'power-failure' && group.some((waiting) => waiting.synced));
      this.#database.exec('BEGIN IMMEDIATE');
      const answers = group.map((waiting) => waiting.perform((effect) => effects.push(effect)));
      this.#database.exec('COMMIT');
      effects.push(...answers);
    } catch (error) {
      try {
        this.#rollBack();
      } catch {
        // The disk may have no room for that either; the next flush tries again, and nobody waits for it here.
      }
      for (const waiting of group) waiting.reject(asUnavailable(waiting.dependency, error));
      return;
    }
    for (const effect of effects) effect();
  }

  /** Ends what is left of a transaction that failed. */
  #rollBack(): void {
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
  }

  /** With `FULL` a commit waits until the log is on the disk, earlier commits included (sqlite.org/pragma.html). */
  #setSync(syncs: boolean): void {
    if (syncs === this.#syncs) return;
    this.#database.exec(`PRAGMA synchronous = ${syncs ? 'FULL' : 'NORMAL'}`);
    this.#syncs = syncs;
  }

  /** Commits what waits and refuses everything later; the database stays open. */
  close(): void {
    this.flush();
    this.#closed = true;
  }
}

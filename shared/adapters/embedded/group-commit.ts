import type { DatabaseSync } from 'node:sqlite';
import type { Dependency } from '../../outcome/outcome.ts';
import { Unavailable } from '../../ports/unavailable.ts';
import { asUnavailable } from './database.ts';

/** Registers what to do in memory once the transaction is committed; it is not done when the transaction fails. */
export type AfterCommit = (effect: () => void) => void;

interface Waiting {
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
  #waiting: Waiting[] = [];
  #closed = false;

  /** `defer` runs a task when the current turn has ended; `dependency` is the name in `Unavailable`. */
  constructor(database: DatabaseSync, dependency: Dependency, defer: (task: () => void) => void = setImmediate) {
    this.#database = database;
    this.#dependency = dependency;
    this.#defer = defer;
  }

  /**
   * Resolves with what `operation` returns once it is committed. Rejects with `Unavailable` when the storage fails, for
   * every operation of the same transaction; with the error itself when an operation throws another (a bug).
   */
  run<T>(operation: (afterCommit: AfterCommit) => T): Promise<T> {
    if (this.#closed) return Promise.reject(new Unavailable(this.#dependency, 'the embedded storage is closed'));
    return new Promise((resolve, reject) => {
      const perform = (afterCommit: AfterCommit): (() => void) => {
        const value = operation(afterCommit);
        return () => resolve(value);
      };
      if (this.#waiting.push({ perform, reject }) === 1) this.#defer(() => this.flush());
    });
  }

  /** Commits what waits, now. */
  flush(): void {
    const group = this.#waiting;
    if (group.length === 0) return;
    this.#waiting = [];
    const effects: (() => void)[] = [];
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      const answers = group.map((waiting) => waiting.perform((effect) => effects.push(effect)));
      this.#database.exec('COMMIT');
      effects.push(...answers);
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      const reason = asUnavailable(this.#dependency, error);
      for (const waiting of group) waiting.reject(reason);
      return;
    }
    for (const effect of effects) effect();
  }

  /** Commits what waits and refuses everything later; the database stays open. */
  close(): void {
    this.flush();
    this.#closed = true;
  }
}

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Dependency } from '../../outcome/outcome.ts';
import { Unavailable } from '../../ports/unavailable.ts';
import { asNumber, asUnavailable, foldLog } from './database.ts';
import type { LogSync } from './log-sync.ts';

/** Registers what to do in memory once the transaction is committed; it is not done when the transaction fails. One for all of a transaction. */
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

interface Committed {
  readonly answer: () => void;
  readonly reject: (error: unknown) => void;
}

/** Of a file whose commits wait for no disk by themselves (`synchronous = NORMAL`). */
interface GroupCommitOptions {
  /** Runs a task when the current turn has ended. Default: `setImmediate`. */
  readonly defer?: (task: () => void) => void;
  /**
   * Puts the log on the disk. Answers to what is synced wait for it, while further transactions go on; effects do not.
   * What read something may tell of a commit that is not on the disk yet, so it waits as if it had written, and does not
   * when there is none. Without it an answer comes with its commit.
   */
  readonly log?: LogSync;
}

/**
 * Runs operations that arrive in the same turn of the event loop in one transaction, since a transaction costs more than
 * the few rows that one operation touches. The order of arrival is kept.
 */
export class GroupCommit {
  readonly #database: DatabaseSync;
  readonly #dependency: Dependency;
  readonly #defer: (task: () => void) => void;
  readonly #log: LogSync | undefined;
  #waiting: Waiting[] = [];
  /** Waits for the disk. */
  readonly #committed: Committed[] = [];
  #syncing = false;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #countChanges: StatementSync;
  /** Rows that this connection has changed, as of the last commit, and as of the last that is on the disk. */
  #changes = 0;
  #syncedChanges = 0;
  /** A sync failed: nobody knows what is on the disk of the log, and nothing after it counts until it is folded. */
  #logIsDoubtful = false;
  #closed = false;

  /** `dependency` is the name in `Unavailable`. */
  constructor(database: DatabaseSync, dependency: Dependency, options: GroupCommitOptions = {}) {
    this.#database = database;
    this.#dependency = dependency;
    this.#defer = options.defer ?? setImmediate;
    this.#log = options.log;
    this.#begin = database.prepare('BEGIN IMMEDIATE');
    this.#commit = database.prepare('COMMIT');
    this.#countChanges = database.prepare('SELECT total_changes() AS changes');
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

  /** Whether everything is refused by now. */
  get isClosed(): boolean {
    return this.#closed;
  }

  /** Commits what waits, now. */
  flush(): void {
    const group = this.#waiting;
    if (group.length === 0) return;
    this.#waiting = [];
    const effects: (() => void)[] = [];
    const afterCommit: AfterCommit = (effect) => void effects.push(effect);
    try {
      this.#rollBack();
      if (this.#logIsDoubtful) this.#fold();
      this.#begin.run();
      const answers = group.map((waiting) => waiting.perform(afterCommit));
      this.#commit.run();
      if (this.#log !== undefined) this.#changes = asNumber(this.#countChanges.get()?.['changes']);
      const waits = this.#changes > this.#syncedChanges;
      for (const [at, answer] of answers.entries()) {
        const waiting = group[at];
        if (waits && waiting?.synced) this.#committed.push({ answer, reject: waiting.reject });
        else effects.push(answer);
      }
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
    if (this.#log !== undefined && !this.#syncing) void this.#syncAll(this.#log);
  }

  /** One sync after the other: what is committed during one waits for the next. Never rejects. */
  async #syncAll(log: LogSync): Promise<void> {
    this.#syncing = true;
    while (this.#committed.length > 0) {
      const group = this.#committed.splice(0);
      const changes = this.#changes;
      try {
        if (changes > this.#syncedChanges) await log.sync();
        this.#syncedChanges = changes;
        for (const { answer } of group) answer();
      } catch (error) {
        this.#logIsDoubtful = true;
        for (const { reject } of [...group, ...this.#committed.splice(0)]) reject(this.#notSynced(error));
      }
    }
    this.#syncing = false;
  }

  /** Afterwards all that was committed is in the file, and on the disk. */
  #fold(): void {
    foldLog(this.#database);
    this.#logIsDoubtful = false;
    this.#syncedChanges = this.#changes;
  }

  #notSynced(error: unknown): Unavailable {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return new Unavailable(this.#dependency, `the log of the embedded storage could not be synced: ${why}`);
  }

  /** Ends what is left of a transaction that failed. */
  #rollBack(): void {
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
  }

  /** Commits what waits, waits for the disk where somebody does, and refuses everything later; the database stays open. */
  close(): void {
    this.flush();
    this.#closed = true;
    const group = this.#committed.splice(0);
    try {
      if (group.length > 0) this.#log?.syncNow();
      for (const { answer } of group) answer();
    } catch (error) {
      for (const { reject } of group) reject(this.#notSynced(error));
    }
  }
}

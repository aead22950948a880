import { DatabaseSync, type StatementSync } from 'node:sqlite';

/** A database on which the statements fail that a test names. */
export class FlakyDatabase extends DatabaseSync {
  failing: readonly string[] = [];

  override exec(sql: string): void {
    this.#failIfNamed(sql);
    super.exec(sql);
  }

  override prepare(sql: string): StatementSync {
    const statement = super.prepare(sql);
    if (sql !== 'COMMIT') return statement;
    const run = statement.run.bind(statement);
    statement.run = () => {
      this.#failIfNamed(sql);
      return run();
    };
    return statement;
  }

  #failIfNamed(sql: string): void {
    if (this.failing.includes(sql)) super.exec('SELECT * FROM a_disk_that_is_full');
  }
}

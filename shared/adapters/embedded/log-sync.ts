import { closeSync, fdatasync, fdatasyncSync, openSync } from 'node:fs';

/** Puts a write-ahead log on the disk, while this thread goes on with other things. */
export interface LogSync {
  /** Resolves when what was in the log at the time of the call is on the disk. Rejects with the error of the file system. */
  sync(): Promise<void>;
  /** The same, waiting for it. */
  syncNow(): void;
  /** Closes the file once nothing of the above is running. */
  close(): void;
}

/**
 * The log of an open SQLite database. SQLite keeps no locks on it, so closing it here lets go of none (POSIX locks belong
 * to the process and a file). It is emptied and written again from its beginning, and never made anew while it is open.
 */
export function openLogSync(logPath: string): LogSync {
  const file = openSync(logPath, 'r+');
  let [running, closed] = [0, false];
  const closeIfDone = () => {
    if (closed && running === 0) closeSync(file);
  };
  return {
    sync: () =>
      new Promise((resolve, reject) => {
        running++;
        fdatasync(file, (error) => {
          running--;
          closeIfDone();
          if (error === null) resolve();
          else reject(error);
        });
      }),
    syncNow: () => fdatasyncSync(file),
    close() {
      if (closed) return;
      closed = true;
      closeIfDone();
    },
  };
}

import { copyFileSync, truncateSync } from 'node:fs';

/** In front of each entry of the log: its length and its checksum. */
const entryHeaderBytes = 16;

/**
 * Where a log's first entry begins that is not as it was written, by DuckDB's message on opening; undefined for any other
 * message. DuckDB takes an entry that the file's end cuts off for the end, but not one of whose pages some never came to the
 * disk, as a power failure leaves them.
 */
export function tornAtBytes(message: string): number | undefined {
  const found = /Corrupt WAL file: entry at byte position (\d+) computed checksum/.exec(message);
  return found === null ? undefined : Math.max(0, Number(found[1]) - entryHeaderBytes);
}

/**
 * Ends the log of a database there, and keeps it as it was in `<file>.wal.torn`. A commit is answered once the whole log is
 * on the disk, so that what comes behind a page that is not there was answered to nobody: its messages come again.
 */
export function cutLog(databasePath: string, atBytes: number): void {
  const log = `${databasePath}.wal`;
  copyFileSync(log, `${log}.torn`);
  truncateSync(log, atBytes);
}

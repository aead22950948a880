import { closeSync, openSync, renameSync, writeSync } from 'node:fs';

/** Size at which the log file is renamed to `<name>.1` and begun anew; so at most twice this is kept. */
const maxLogBytes = 16 * 1_048_576;

/**
 * Appends lines to a file that only the user can read. Synchronous: a line before a crash is the one that matters. Throws
 * where the disk takes no more.
 */
export function openLogFile(path: string): { writeLine(line: string): void; close(): void } {
  let file = openSync(path, 'a', 0o600);
  let bytes = 0;
  return {
    writeLine(line) {
      bytes += writeSync(file, `${line}\n`);
      if (bytes < maxLogBytes) return;
      bytes = 0;
      renameSync(path, `${path}.1`);
      // Opened before the old one is closed: without room for a new file, lines go on into the old one.
      const next = openSync(path, 'a', 0o600);
      closeSync(file);
      file = next;
    },
    close: () => closeSync(file),
  };
}

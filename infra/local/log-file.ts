import { closeSync, openSync, renameSync, writeSync } from 'node:fs';

/** Size at which the log file is renamed to `<name>.1` and begun anew; so at most twice this is kept. */
const maxLogBytes = 16 * 1_048_576;

/** Appends lines to a file that only the user can read. Synchronous: a line before a crash is the one that matters. */
export function openLogFile(path: string): { writeLine(line: string): void; close(): void } {
  let file = openSync(path, 'a', 0o600);
  let bytes = 0;
  return {
    writeLine(line) {
      bytes += writeSync(file, `${line}\n`);
      if (bytes < maxLogBytes) return;
      closeSync(file);
      renameSync(path, `${path}.1`);
      file = openSync(path, 'a', 0o600);
      bytes = 0;
    },
    close: () => closeSync(file),
  };
}

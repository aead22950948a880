import { randomBytes } from 'node:crypto';
import { open, rm, stat } from 'node:fs/promises';

/** Batches of a full queue are made and settled in it, some 8 bytes an event and 100 a batch. */
export const reserveBytes = 1_048_576;

/**
 * Room on the disk that is kept for what empties a queue. One that has filled its disk could not be emptied without: to make
 * a batch, and to forget it, is written down, too.
 */
export interface Reserve {
  /** Rejects where there is no such room, and nothing that fills the queue may be written. */
  hold(): Promise<void>;
  /** Makes room once. False where none is held. */
  give(): Promise<boolean>;
}

/** A file of noise, which no file system keeps as less than it is. `openFile` is the file system's. */
export async function makeReserve(path: string, openFile = open): Promise<Reserve> {
  const found = await stat(path).catch(() => undefined);
  let isHeld = found?.size === reserveBytes;
  return {
    async hold() {
      if (isHeld) return;
      const file = await openFile(path, 'w', 0o600);
      try {
        await file.appendFile(randomBytes(reserveBytes));
        isHeld = true;
      } finally {
        await file.close();
        if (!isHeld) await rm(path, { force: true });
      }
    },
    async give() {
      const wasHeld = isHeld;
      isHeld = false;
      await rm(path, { force: true });
      return wasHeld;
    },
  };
}

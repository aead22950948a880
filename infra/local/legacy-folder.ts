import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../shared/ports/clock.ts';
import type { LegacyUploads } from './legacy-uploads.ts';

export interface LegacyFolderOptions {
  /** Files are in it as `<mapping>/<any name>`. */
  readonly folder: string;
  readonly schemaFolder: string;
  readonly legacy: LegacyUploads;
  readonly clock: Clock;
  /** Told of each file that is taken, and of what cannot be. */
  readonly tell: (line: string) => void;
}

/** How often the folder is looked at. */
const pollMillis = 1_000;
/** A file that changed within this time is still being written. */
const quietMillis = 2_000;

/** Uploads files that come into a folder, each once as long as it does not change. Answers how to stop. */
export function watchLegacyFolder({ folder, schemaFolder, legacy, clock, tell }: LegacyFolderOptions): () => void {
  let cancel = () => {};
  let isStopped = false;
  const told = new Set<string>();
  const tellOnce = (line: string) => {
    if (!told.has(line)) tell(line);
    told.add(line);
  };

  async function take(name: string, file: string): Promise<void> {
    const path = join(folder, name, file);
    const stats = await stat(path);
    if (!stats.isFile() || clock.nowMillis() - stats.mtimeMs < quietMillis) return;
    if (await legacy.has({ name, path })) return;
    const mapping = await readFile(join(schemaFolder, 'legacy', `${name}.json`), 'utf8').catch(() => undefined);
    if (mapping === undefined) return tellOnce(`legacy: there is no mapping ${name}, so ${name}/${file} waits`);
    await legacy.upload({ name, mapping, path });
    tell(`legacy: ${name}/${file} is being exported`);
  }

  async function look(): Promise<void> {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (!entry.isDirectory() || !/^[a-z][a-z0-9-]*$/.test(entry.name)) continue;
      for (const file of await readdir(join(folder, entry.name))) await take(entry.name, file);
    }
  }

  function next(): void {
    cancel = clock.after(pollMillis, () => {
      look()
        .catch((error: unknown) => {
          const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
          tellOnce(`legacy: ${folder} cannot be read: ${code}`);
        })
        .finally(() => {
          if (!isStopped) next();
        });
    });
  }

  next();
  return () => {
    isStopped = true;
    cancel();
  };
}

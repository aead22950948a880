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

/** What rsync is still writing, and what editors and desktops leave: half a record, or none, would be exported. */
const hidden = '.';

interface NamedMapping {
  /** Undefined where there is none. */
  readonly text: string | undefined;
  /** It was put just now in the place of another one, or none. */
  readonly isNew: boolean;
}

/**
 * Uploads files that come into a folder, each once as long as it does not change, and mappings that have changed. Answers
 * how to stop.
 */
export function watchLegacyFolder({ folder, schemaFolder, legacy, clock, tell }: LegacyFolderOptions): () => void {
  let cancel = () => {};
  let isStopped = false;
  const told = new Set<string>();
  /** Texts by name, as they were put last. */
  const mappings = new Map<string, string>();
  const tellOnce = (line: string) => {
    if (!told.has(line)) tell(line);
    told.add(line);
  };

  async function take(name: string, file: string, mapping: NamedMapping): Promise<void> {
    const path = join(folder, name, file);
    const stats = await stat(path);
    if (!stats.isFile() || clock.nowMillis() - stats.mtimeMs < quietMillis) return;
    if (await legacy.has({ name, path })) {
      if (mapping.isNew) await legacy.remind({ name, path });
      return;
    }
    const { text } = mapping;
    if (text === undefined) return tellOnce(`legacy: there is no mapping ${name}, so ${name}/${file} waits`);
    await legacy.upload({ name, mapping: text, path });
    tell(`legacy: ${name}/${file} is being exported`);
  }

  /** Mended mappings, too, so that files go on which wait for them. */
  async function takeMapping(name: string): Promise<NamedMapping> {
    const text = await readFile(join(schemaFolder, 'legacy', `${name}.json`), 'utf8').catch(() => undefined);
    if (text === undefined || text === mappings.get(name)) return { text, isNew: false };
    const isNew = await legacy.putMapping(name, text);
    mappings.set(name, text);
    return { text, isNew };
  }

  async function look(): Promise<void> {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (!entry.isDirectory() || !/^[a-z][a-z0-9-]*$/.test(entry.name)) continue;
      await lookInto(entry.name).catch(unreadable(entry.name));
    }
  }

  async function lookInto(name: string): Promise<void> {
    const mapping = await takeMapping(name);
    for (const file of await readdir(join(folder, name))) {
      if (!file.startsWith(hidden)) await take(name, file, mapping).catch(unreadable(`${name}/${file}`));
    }
  }

  /** Of one, so that the others do not wait for it. */
  function unreadable(what: string): (error: unknown) => void {
    return (error) => {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
      tellOnce(`legacy: ${what} cannot be read: ${code}`);
    };
  }

  function next(): void {
    cancel = clock.after(pollMillis, () => {
      look()
        .catch(unreadable(folder))
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

import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { ObjectStore, ObjectStream, StoredObject } from '../../ports/object-store.ts';
import { Unavailable } from '../../ports/unavailable.ts';
import { assertObjectName, byBytes } from '../object-name.ts';

/**
 * Opens an object store in a folder, which it makes with mode 0700 (files 0600). Objects are plain files under `objects/`,
 * named as they are called; an object survives a power failure once `put` has resolved. One process at a time may write.
 *
 * Two limits that Cloud Storage does not have: `a` and `a/b` cannot both be names of objects (`put` throws), and on a
 * file system that ignores case `A` and `a` are one name. The generation of an object is the modification time of its
 * file, which every `put` moves on by a millisecond at least. Rejects with `Unavailable` when the file system fails.
 */
export function openEmbeddedObjectStore(options: { readonly folder: string }): ObjectStore {
  const objects = join(options.folder, 'objects');
  const incoming = join(options.folder, 'incoming');
  mkdirSync(objects, { recursive: true, mode: 0o700 });
  // What is left here was never renamed, so never answered.
  rmSync(incoming, { recursive: true, force: true });
  mkdirSync(incoming, { mode: 0o700 });
  return new FileObjectStore(objects, incoming);
}

class FileObjectStore implements ObjectStore {
  readonly #objects: string;
  readonly #incoming: string;
  /** By name: the end of the last write that was begun, so that a check and its write are one step. */
  readonly #writes = new Map<string, Promise<unknown>>();
  #lastGeneration = 0;

  constructor(objects: string, incoming: string) {
    this.#objects = objects;
    this.#incoming = incoming;
  }

  async get(name: string): Promise<StoredObject | undefined> {
    const stored = await this.getBounded(name, Number.POSITIVE_INFINITY);
    return stored === 'too-large' ? undefined : stored;
  }

  async getBounded(name: string, maxBytes: number): Promise<StoredObject | 'too-large' | undefined> {
    const path = this.#pathOf(name);
    return await guarded(async () => {
      const opened = await openObject(path);
      if (opened === undefined) return undefined;
      const { file, bytes, generation } = opened;
      try {
        // A file is replaced whole, so an open one keeps its size.
        return bytes > maxBytes ? 'too-large' : { data: await file.readFile(), generation };
      } finally {
        await file.close();
      }
    });
  }

  async stream(name: string, fromByte: number): Promise<ObjectStream | undefined> {
    const path = this.#pathOf(name);
    return await guarded(async () => {
      const opened = await openObject(path);
      if (opened === undefined) return undefined;
      return { generation: opened.generation, bytes: readOn(opened.file, fromByte) };
    });
  }

  async put(name: string, data: Uint8Array, expectedGeneration?: string | 'absent'): Promise<'written' | 'conflict'> {
    const path = this.#pathOf(name);
    const copy = Uint8Array.from(data);
    return await this.#inTurn(name, async () => {
      const current = await this.#generationAt(path);
      if (expectedGeneration !== undefined && expectedGeneration !== String(current ?? 'absent')) return 'conflict';
      await this.#replace(path, copy, current ?? 0);
      return 'written';
    });
  }

  async *list(prefix: string): AsyncGenerator<string> {
    const files = await guarded(() => readdir(this.#objects, { recursive: true, withFileTypes: true }));
    const names = files
      .filter((file) => file.isFile())
      .map((file) => relative(this.#objects, join(file.parentPath, file.name)));
    yield* names.filter((name) => name.startsWith(prefix)).sort(byBytes);
  }

  async remove(name: string): Promise<void> {
    const path = this.#pathOf(name);
    await this.#inTurn(name, async () => {
      if ((await this.#generationAt(path)) === undefined) return;
      await rm(path);
      await syncFolder(dirname(path));
    });
  }

  #pathOf(name: string): string {
    assertObjectName(name);
    return join(this.#objects, name);
  }

  async #generationAt(path: string): Promise<number | undefined> {
    const stats = await orAbsent(stat(path));
    return stats?.isFile() === true ? Math.round(stats.mtimeMs) : undefined;
  }

  async #replace(path: string, data: Uint8Array, generation: number): Promise<void> {
    const temporary = join(this.#incoming, randomUUID());
    try {
      this.#lastGeneration = Math.max(Date.now(), this.#lastGeneration + 1, generation + 1);
      await writeDurably(temporary, data, new Date(this.#lastGeneration));
      await this.#makeFolders(dirname(path));
      await rename(temporary, path);
      await syncFolder(dirname(path));
    } finally {
      await rm(temporary, { force: true });
    }
  }

  async #makeFolders(folder: string): Promise<void> {
    const first = await mkdir(folder, { recursive: true, mode: 0o700 });
    if (first === undefined) return;
    for (let made = folder; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
  }

  #inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.#writes.get(name) ?? Promise.resolve();
    const turn = before.then(() => guarded(work));
    const end = turn
      .catch(() => undefined)
      .finally(() => {
        if (this.#writes.get(name) === end) this.#writes.delete(name);
      });
    this.#writes.set(name, end);
    return turn;
  }
}

interface OpenObject {
  /** For whoever has opened it to close. */
  readonly file: FileHandle;
  readonly bytes: number;
  readonly generation: string;
}

/** `undefined` where there is no object, but nothing, or a folder of others. */
async function openObject(path: string): Promise<OpenObject | undefined> {
  const file = await orAbsent(open(path, 'r'));
  if (file === undefined) return undefined;
  const stats = await file.stat();
  if (stats.isFile()) return { file, bytes: stats.size, generation: String(Math.round(stats.mtimeMs)) };
  await file.close();
  return undefined;
}

/** Closes the file when it is read, or given up. */
async function* readOn(file: FileHandle, fromByte: number): AsyncGenerator<Uint8Array> {
  try {
    for (let position = fromByte; ; ) {
      const { bytesRead, buffer } = await guarded(() => file.read(Buffer.alloc(pieceBytes), 0, pieceBytes, position));
      if (bytesRead === 0) return;
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

const pieceBytes = 262_144;

async function writeDurably(path: string, data: Uint8Array, modified: Date): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(data);
    await file.utimes(modified, modified);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** `undefined` for a path that leads nowhere: not there, or a file where it has a folder. */
async function orAbsent<T>(result: Promise<T>): Promise<T | undefined> {
  try {
    return await result;
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EISDIR' || code === 'ENOTDIR' || code === 'ENOTEMPTY' || code === 'EEXIST') {
      throw new RangeError('a name of an object cannot also be a folder of other names: choose another name', {
        cause: error,
      });
    }
    if (code === undefined) throw error;
    throw new Unavailable('object-store', `the file system did not answer: ${code}`, { cause: error });
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

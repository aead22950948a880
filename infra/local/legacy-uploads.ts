import { copyFile, mkdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { exportKey } from '../../functions/export-legacy/export-state.ts';
import { bucketPath } from '../../shared/adapters/embedded/storage-paths.ts';
import { assertObjectName } from '../../shared/adapters/object-name.ts';
import type { JsonObject } from '../../shared/event/json.ts';
import { legacyFilesPrefix, legacyMappingObject } from '../../shared/needs/kinds.ts';
import type { Bucket } from '../../shared/needs/ports.ts';
import type { LegacyExports } from '../../shared/ports/legacy-exports.ts';
import type { Publisher } from '../../shared/ports/publisher.ts';
import { topics } from '../naming.ts';
import { uploadMessage } from './schema-uploads.ts';

/** A file that is to be exported. */
export interface LegacyUpload {
  /** Of the mapping. */
  readonly name: string;
  /** The mapping as JSON text. */
  readonly mapping: string;
  /** Of the file on this machine. */
  readonly path: string;
}

/** What `edi legacy export` and the watched folder ask of a deployment. */
export interface LegacyUploads {
  /** Copies the file into the bucket and tells export-legacy; the key is that of its state. Rejects as `fs` does. */
  upload(upload: LegacyUpload): Promise<{ readonly key: string; readonly sizeBytes: number }>;
  /** Puts a mapping where export-legacy finds it; false where it is there already. */
  putMapping(name: string, mapping: string): Promise<boolean>;
  /** Tells export-legacy again of a file that was uploaded: one that waits for another mapping goes on at once. */
  remind(upload: Pick<LegacyUpload, 'name' | 'path'>): Promise<void>;
  /** Whether this file, as it is now, was uploaded before. */
  has(upload: Pick<LegacyUpload, 'name' | 'path'>): Promise<boolean>;
  /** How far it was exported; undefined before it was begun. */
  state(key: string): Promise<JsonObject | undefined>;
  /** The same of every file. */
  states(): Promise<JsonObject[]>;
}

export interface LegacyUploadsOptions {
  readonly dataFolder: string;
  readonly files: Bucket;
  readonly exports: LegacyExports;
  /** Stands for Cloud Storage, which tells of uploads by itself. */
  readonly publisher: Publisher;
}

export function makeLegacyUploads({ dataFolder, files, exports, publisher }: LegacyUploadsOptions): LegacyUploads {
  const folder = bucketPath(dataFolder, 'legacy');
  const pathOf = (object: string) => join(folder, 'objects', object);

  /** A file that has changed is another object. */
  async function objectOf({ name, path }: Pick<LegacyUpload, 'name' | 'path'>): Promise<string> {
    const { mtimeMs, size } = await stat(path);
    const object = `${legacyFilesPrefix}${name}/${Math.round(mtimeMs)}-${size}-${basename(path)}`;
    assertObjectName(object);
    return object;
  }

  async function tell(object: string): Promise<{ readonly generation: string; readonly sizeBytes: number }> {
    const { mtimeMs, size } = await stat(pathOf(object));
    const generation = String(Math.round(mtimeMs));
    await publisher.publish(topics.legacyUploads, [uploadMessage(files.name, object, generation)]);
    return { generation, sizeBytes: size };
  }

  return {
    async upload(upload) {
      const object = await objectOf(upload);
      await files.put(legacyMappingObject(upload.name), Buffer.from(upload.mapping));
      const target = pathOf(object);
      await mkdir(dirname(target), { recursive: true, mode: 0o700 });
      const incoming = join(folder, 'incoming', `${upload.name}-${process.pid}-${basename(upload.path)}`);
      try {
        await copyFile(upload.path, incoming);
        await rename(incoming, target);
      } finally {
        await rm(incoming, { force: true });
      }
      const { generation, sizeBytes } = await tell(object);
      return { key: exportKey({ object, generation }), sizeBytes };
    },
    async putMapping(name, mapping) {
      const object = legacyMappingObject(name);
      const stored = await files.get(object);
      if (stored !== undefined && Buffer.from(stored.data).equals(Buffer.from(mapping))) return false;
      await files.put(object, Buffer.from(mapping));
      return true;
    },
    async remind(upload) {
      await tell(await objectOf(upload));
    },
    async has(upload) {
      const target = pathOf(await objectOf(upload));
      return await stat(target).then(
        () => true,
        () => false,
      );
    },
    state: async (key) => (await exports.find(key))?.state,
    states: () => exports.list(),
  };
}

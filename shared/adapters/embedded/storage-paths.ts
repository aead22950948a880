import { join } from 'node:path';
import type { OurKinds } from '../../needs/kinds.ts';

const files = {
  warehouse: 'warehouse.duckdb',
  pubsub: 'pubsub.sqlite',
  registry: 'registry.sqlite',
  subjectKeys: 'subject-keys.sqlite',
  subjectSources: 'subject-sources.sqlite',
  subjectUses: 'subject-uses.sqlite',
  writeKeys: 'write-keys.sqlite',
  replays: 'replays.sqlite',
  erasures: 'erasures.sqlite',
  exports: 'exports.sqlite',
  /** Of the emulators, which keep nothing themselves. */
  emulatorSubjectKeys: 'emulator-subject-keys.sqlite',
} as const;

const bucketFolders: Readonly<Record<keyof OurKinds['buckets'], string>> = {
  snapshot: 'objects',
  realmKeys: 'realm-keys',
  schemas: 'schema-objects',
  legacy: 'legacy-objects',
  rawArchive: 'raw-archive',
};

/** A file of the storage below its data folder. */
export function storagePath(dataFolder: string, file: keyof typeof files): string {
  return join(dataFolder, files[file]);
}

/** The folder that stands for a bucket. */
export function bucketPath(dataFolder: string, bucket: keyof OurKinds['buckets']): string {
  return join(dataFolder, bucketFolders[bucket]);
}

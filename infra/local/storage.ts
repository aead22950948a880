import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openEmbeddedClaimDocuments } from '../../shared/adapters/embedded/claim-documents.ts';
import { openWarehouse } from '../../shared/adapters/embedded/duckdb/tables.ts';
import { createHttpPush } from '../../shared/adapters/embedded/http-push.ts';
import { openEmbeddedObjectStore } from '../../shared/adapters/embedded/object-store.ts';
import { openEmbeddedPubSub } from '../../shared/adapters/embedded/pubsub.ts';
import { openEmbeddedRegistry } from '../../shared/adapters/embedded/registry.ts';
import { openEmbeddedReplayMarks } from '../../shared/adapters/embedded/replay-marks.ts';
import { openEmbeddedSubjectKeyRecords } from '../../shared/adapters/embedded/subject-key-records.ts';
import { openEmbeddedWriteKeyRecords } from '../../shared/adapters/embedded/write-key-records.ts';
import { systemClock } from '../../shared/adapters/system-clock.ts';
import { systemRandom } from '../../shared/adapters/system-random.ts';
import { openLocalSecrets } from './secrets.ts';

/** The warehouse's file below a data folder. */
export function warehousePath(dataFolder: string): string {
  return join(dataFolder, 'warehouse.duckdb');
}

/** The registry's file below a data folder. */
export function registryPath(dataFolder: string): string {
  return join(dataFolder, 'registry.sqlite');
}

/** The schema bucket's folder below a data folder. */
export function schemaObjectsPath(dataFolder: string): string {
  return join(dataFolder, 'schema-objects');
}

/** The write keys' file below a data folder. */
export function writeKeysPath(dataFolder: string): string {
  return join(dataFolder, 'write-keys.sqlite');
}

/** The file of what has been replayed, below a data folder. */
export function replayMarksPath(dataFolder: string): string {
  return join(dataFolder, 'replays.sqlite');
}

/**
 * What DuckDB may hold in memory. It keeps what it has read and written until this is full, so less makes the process
 * reach its steady size sooner; half a million rows are sorted and joined within it, larger results spill to disk.
 */
const warehouseMemoryMebibytes = 128;

/** Connections to one local function; more pushes than that wait. */
const maxPushConnections = 64;

export type LocalStorage = Awaited<ReturnType<typeof openLocalStorage>>;

/**
 * Opens everything that the cloud would keep, in one folder: bus, claim index, subject keys, registry, write
 * keys, objects, warehouse and secrets. Throws when another process holds the folder.
 */
export async function openLocalStorage(dataFolder: string) {
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  const httpPush = createHttpPush({ maxConnections: maxPushConnections });
  // The bus is opened first: its lock tells whether another process has the folder.
  const bus = openEmbeddedPubSub({
    path: join(dataFolder, 'pubsub.sqlite'),
    clock: systemClock,
    random: systemRandom,
    push: httpPush.push,
  });
  return {
    bus,
    httpPush,
    documents: openEmbeddedClaimDocuments({ path: join(dataFolder, 'claims.sqlite') }),
    subjectKeyRecords: openEmbeddedSubjectKeyRecords({ path: join(dataFolder, 'subject-keys.sqlite') }),
    registry: openEmbeddedRegistry({ path: registryPath(dataFolder) }),
    writeKeyRecords: openEmbeddedWriteKeyRecords({ path: writeKeysPath(dataFolder) }),
    replayMarks: openEmbeddedReplayMarks({ path: replayMarksPath(dataFolder) }),
    objects: openEmbeddedObjectStore({ folder: join(dataFolder, 'objects') }),
    schemaObjects: openEmbeddedObjectStore({ folder: schemaObjectsPath(dataFolder) }),
    secrets: openLocalSecrets(dataFolder, systemRandom),
    warehouse: await openWarehouse({
      path: warehousePath(dataFolder),
      settings: { memoryLimitMebibytes: warehouseMemoryMebibytes },
    }),
  };
}

/** Closes the files, the bus included, after whatever uses them has stopped. */
export async function closeLocalStorage(storage: LocalStorage): Promise<void> {
  await storage.bus.stop({ drainMillis: 0 });
  storage.httpPush.close();
  storage.documents.close();
  storage.subjectKeyRecords.close();
  storage.registry.close();
  storage.writeKeyRecords.close();
  storage.replayMarks.close();
  await storage.warehouse.close();
}

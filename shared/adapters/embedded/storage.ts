import type { HeldPorts } from '../../needs/held-ports.ts';
import type { DatasetKind } from '../../needs/kind.ts';
import { kinds } from '../../needs/kinds.ts';
import type { Bucket, DescribedDataset } from '../../needs/ports.ts';
import { systemClock } from '../system-clock.ts';
import { systemRandom } from '../system-random.ts';
import { openBusFile } from './bus-file.ts';
import { claimDocumentsIn } from './claim-documents.ts';
import { openDataFolder } from './data-format.ts';
import { databaseDefaults } from './database.ts';
import { makeDuckDbStatements } from './duckdb/change-rows.ts';
import { makeEventRows } from './duckdb/event-rows.ts';
import { makeQuarantineRecords } from './duckdb/quarantine-records.ts';
import { openWarehouse, type Warehouse } from './duckdb/tables.ts';
import { openEmbeddedErasures } from './erasures.ts';
import type { Durability } from './group-commit.ts';
import { createHttpPush } from './http-push.ts';
import { openEmbeddedLegacyExports } from './legacy-exports.ts';
import { openEmbeddedObjectStore } from './object-store.ts';
import { pubsubIn } from './pubsub.ts';
import type { Taker } from './push-dispatcher.ts';
import { makePushToken } from './push-token.ts';
import { openEmbeddedRegistry } from './registry.ts';
import { openEmbeddedReplays } from './replays.ts';
import { openEmbeddedSecrets } from './secrets.ts';
import { bucketPath, storagePath } from './storage-paths.ts';
import { openEmbeddedSubjectKeyRecords } from './subject-key-records.ts';
import { openEmbeddedSubjectSources } from './subject-sources.ts';
import { openEmbeddedSubjectUses } from './subject-uses.ts';
import { openEmbeddedWriteKeyRecords } from './write-key-records.ts';

/**
 * What DuckDB may hold in memory. It keeps what it has read and written until this is full, so less makes the process
 * reach its steady size sooner; half a million rows are sorted and joined within it, larger results spill to disk.
 */
const warehouseMemoryMebibytes = 128;

/**
 * What runs a statement is a thread of Node's pool. With another one of DuckDB's to help, it spins while it waits for it: a
 * fifth of an insert. Statements of people have a process of their own.
 */
const warehouseThreads = 1;

/** Twice the cache of a file that has one thing in it. */
const busFileSettings = { ...databaseDefaults, cacheKib: 2 * databaseDefaults.cacheKib };

/** Topics of the stages behind ingest: their publishers read this bus. */
function isRelayed(topic: string): boolean {
  return topic === kinds.topics.deduplicated.topic || topic.startsWith(kinds.topicFamilies.event.prefix);
}

/** Connections to one local function; more pushes than that wait. */
const maxPushConnections = 64;

export type EmbeddedStorage = Awaited<ReturnType<typeof openEmbeddedStorage>>;

/**
 * Opens everything that the cloud would keep, in one folder: a thing of every kind, with the bus and the
 * warehouse. Throws when another process holds the folder.
 */
export async function openEmbeddedStorage(dataFolder: string, settings: { readonly durability?: Durability } = {}) {
  openDataFolder(dataFolder);
  const path = (file: Parameters<typeof storagePath>[1]) => storagePath(dataFolder, file);
  const { authorization, authenticator } = makePushToken(systemRandom);
  const httpPush = createHttpPush({ maxConnections: maxPushConnections, authorization });
  const takers = new Map<string, Taker>();
  // The bus is opened first: its lock tells whether another process has the folder.
  const busFile = openBusFile({ path: path('pubsub'), settings: busFileSettings, ...settings });
  const bus = pubsubIn(busFile, {
    isRelayed,
    clock: systemClock,
    random: systemRandom,
    push: httpPush.push,
    takers,
  });
  const databases = {
    registry: openEmbeddedRegistry({ path: path('registry') }),
    claims: claimDocumentsIn(busFile),
    subjectKeys: openEmbeddedSubjectKeyRecords({ path: path('subjectKeys') }),
    subjectSources: openEmbeddedSubjectSources({ path: path('subjectSources') }),
    subjectUses: openEmbeddedSubjectUses({ path: path('subjectUses') }),
    writeKeys: openEmbeddedWriteKeyRecords({ path: path('writeKeys') }),
    replays: openEmbeddedReplays({ path: path('replays') }),
    erasures: openEmbeddedErasures({ path: path('erasures') }),
    exports: openEmbeddedLegacyExports({ path: path('exports') }),
  };
  const warehouse = await openWarehouse({
    path: path('warehouse'),
    settings: { memoryLimitMebibytes: warehouseMemoryMebibytes, threads: warehouseThreads },
  });
  return {
    clock: systemClock,
    random: systemRandom,
    publisher: bus,
    databases,
    buckets: openEmbeddedBuckets(dataFolder),
    secrets: openEmbeddedSecrets(dataFolder, systemRandom),
    described: describedDatasets(warehouse),
    rows: readRows(warehouse),
    statements: makeDuckDbStatements(warehouse),
    authenticator,
    /** Functions of this process, by the endpoint that subscriptions push to; the bus hands them their messages. */
    takers,
    /** What pushes show. */
    pushAuthorization: authorization,
    bus,
    warehouse,
    /** Closes the files, the bus included, after whatever uses them has stopped. */
    async close() {
      await bus.stop({ drainMillis: 0 });
      httpPush.close();
      for (const database of Object.values(databases)) database.close();
      await warehouse.close();
    },
  } satisfies HeldPorts & Readonly<Record<string, unknown>>;
}

/** Folders of a data folder as buckets. */
export function openEmbeddedBuckets(dataFolder: string): HeldPorts['buckets'] {
  const bucket = (kind: keyof HeldPorts['buckets']): Bucket =>
    Object.assign(openEmbeddedObjectStore({ folder: bucketPath(dataFolder, kind) }), {
      name: kinds.buckets[kind].suffix,
    });
  return {
    snapshot: bucket('snapshot'),
    realmKeys: bucket('realmKeys'),
    schemas: bucket('schemas'),
    legacy: bucket('legacy'),
    rawArchive: bucket('rawArchive'),
  };
}

/** Datasets that are schemas of DuckDB. */
export function describedDatasets(warehouse: Warehouse): HeldPorts['described'] {
  const described = ({ dataset }: DatasetKind): DescribedDataset => ({
    dataset,
    columns: (schema, table) => warehouse.columns({ schema, table }),
  });
  const { raw, exact, operations, erasure } = kinds.datasets;
  const internal = { operations: described(operations), erasure: described(erasure) };
  return { raw: described(raw), exact: described(exact), ...internal };
}

/** Tables of DuckDB, by what a function reads of them. */
export function readRows(warehouse: Warehouse): HeldPorts['rows'] {
  const { quarantine, events } = kinds.tables;
  const { dataset, tables } = quarantine;
  const [records, replayed] = tables;
  const names = { records: `${dataset}.${records}`, replayed: `${dataset}.${replayed}` };
  return {
    quarantine: makeQuarantineRecords({ warehouse, tables: names }),
    events: makeEventRows({ warehouse, dataset: events.dataset }),
  };
}

/** Of pushes by Google's emulator, which shows no token: their path is the secret. */
export const trustedPushes: HeldPorts['authenticator'] = { check: async () => ({ kind: 'authentic' }) };

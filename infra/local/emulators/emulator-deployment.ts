import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { defaultPublishSchemaConfig } from '../../../functions/publish-schema/config.ts';
import { makePublishSchemaFunction } from '../../../functions/publish-schema/function.ts';
import { openWarehouse, type Warehouse } from '../../../shared/adapters/embedded/duckdb/tables.ts';
import { openEmbeddedObjectStore } from '../../../shared/adapters/embedded/object-store.ts';
import { openEmbeddedReplayMarks } from '../../../shared/adapters/embedded/replay-marks.ts';
import { openFirestore } from '../../../shared/adapters/gcp/firestore-client.ts';
import { openTransactionalFirestore } from '../../../shared/adapters/gcp/firestore-transactions.ts';
import { createPubSubPublisher } from '../../../shared/adapters/gcp/publisher.ts';
import { createFirestorePublishingRegistry } from '../../../shared/adapters/gcp/publishing-registry.ts';
import { declareOnEmulator } from '../../../shared/adapters/gcp/pubsub-admin.ts';
import { openPullReader } from '../../../shared/adapters/gcp/pull-reader.ts';
import { createFirestoreRegistry } from '../../../shared/adapters/gcp/registry.ts';
import { createFirestoreWriteKeyRecords } from '../../../shared/adapters/gcp/write-keys.ts';
import { systemClock } from '../../../shared/adapters/system-clock.ts';
import { systemRandom } from '../../../shared/adapters/system-random.ts';
import { readSdkBindings } from '../../../shared/event-types/sdk-bindings.ts';
import { combineObservers, makeCountingObserver, makeJsonObserver } from '../../../shared/observe/json-observer.ts';
import type { Observer } from '../../../shared/observe/observer.ts';
import type { Dependency } from '../../../shared/outcome/outcome.ts';
import { readSchemaFolder } from '../../../shared/schema-language/schema-folder.ts';
import { makeKeyAdmin } from '../../../shared/write-keys/key-admin.ts';
import { buildBundles } from '../../bundle/build.ts';
import { databases } from '../../naming.ts';
import { type DeliverySettings, defaultDelivery, makeTopology } from '../../topology.ts';
import { busTopology } from '../bus-topology.ts';
import { makeCatalogHandler } from '../catalog/catalog-handler.ts';
import { serveCatalog } from '../catalog/catalog-server.ts';
import { makeLiveCatalog } from '../catalog/live-catalog.ts';
import { makeLiveCounts } from '../catalog/live-counts.ts';
import { serveFunction } from '../function-servers.ts';
import { makeLiveFeed } from '../live-feed.ts';
import { makeLiveTables } from '../live-tables.ts';
import type { LocalDeployment, LocalDeploymentOptions, LocalStatus } from '../local-deployment.ts';
import { localPublishing } from '../local-publishing.ts';
import { type LocalQuarantine, makeLocalQuarantine } from '../local-quarantine.ts';
import { openLogFile } from '../log-file.ts';
import { publishSchemas } from '../publish-schemas.ts';
import { makeSchemaUploads } from '../schema-uploads.ts';
import { openLocalSecrets, openSecretTexts } from '../secrets.ts';
import { replayMarksPath, schemaObjectsPath, warehousePath } from '../storage.ts';
import { type EmulatorHosts, emulatorProject, functionEnvironment } from './emulator-environment.ts';
import { type LoggedCounts, makeLoggedCounts, statusFromCounts } from './emulator-status.ts';
import { type SupervisedFunction, superviseFunction } from './function-supervisor.ts';
import { type Emulator, startEmulator } from './gcloud-emulator.ts';
import { freePort } from './ports.ts';

/** A deployment on Google's emulators; tests kill its functions. */
export interface EmulatorDeployment extends LocalDeployment {
  readonly functions: readonly SupervisedFunction[];
}

export interface EmulatorDeploymentOptions extends LocalDeploymentOptions {
  /** Default `defaultDelivery`. The emulator knows no backoff (`declareOnEmulator`). */
  readonly delivery?: DeliverySettings;
  /** Makes topics and subscriptions; default `declareOnEmulator`. */
  readonly declare?: typeof declareOnEmulator;
}

const functionGraceMillis = 3_000;
const drainPollMillis = 50;

/** Closes what was opened, the last first. */
type Closers = (() => Promise<void> | void)[];

async function closeAll(closers: Closers): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close();
}

/**
 * Starts Google's emulators (or uses those that the environment names), makes the topology on them, and runs each
 * function as its own process from its deployable bundle. Tables are DuckDB's. Rejects, with everything ended again, when
 * a part cannot start.
 */
export async function startEmulatorDeployment(options: EmulatorDeploymentOptions): Promise<EmulatorDeployment> {
  mkdirSync(options.dataFolder, { recursive: true, mode: 0o700 });
  const closers: Closers = [];
  try {
    return await start(options, closers);
  } catch (error) {
    await closeAll(closers);
    throw error;
  }
}

async function start(options: EmulatorDeploymentOptions, closers: Closers): Promise<EmulatorDeployment> {
  const { dataFolder, schemaFolder, delivery = defaultDelivery, declare = declareOnEmulator } = options;
  const logPath = join(dataFolder, 'edi.log');
  const log = openLogFile(logPath);
  closers.push(() => log.close());
  const warehouse = await openWarehouse({ path: warehousePath(dataFolder) });
  closers.push(() => warehouse.close());
  const [hosts, bundles] = await Promise.all([startEmulators(closers), buildBundles(join(dataFolder, 'bundles'))]);
  const bus = { projectId: emulatorProject, emulatorHost: hosts.pubsub };
  const counting = makeCountingObserver();
  const observerOf = (component: string) =>
    combineObservers(counting, makeJsonObserver({ component, clock: systemClock, writeLine: log.writeLine }));
  const reader = openPullReader({ ...bus, clock: systemClock });
  closers.push(() => reader.close());
  const feed = makeLiveFeed();
  const tables = makeLiveTables({
    bus: reader,
    // Whoever declares in another way declares all of it, at once.
    declare: (declared) => (options.declare === undefined ? declare(bus, declared) : Promise.resolve()),
    warehouse,
    observer: observerOf('sink'),
    feed,
    delivery,
  });
  closers.push(() => tables.stop());
  const registryDatabase = openTransactionalFirestore(databaseOptions('registry', databases.registry, hosts));
  closers.push(() => registryDatabase.close());
  const registry = createFirestorePublishingRegistry({ database: registryDatabase });
  const schemaObjects = openEmbeddedObjectStore({ folder: schemaObjectsPath(dataFolder) });
  const publishing = localPublishing({
    registry,
    schemas: schemaObjects,
    snapshots: openEmbeddedObjectStore({ folder: join(dataFolder, 'objects') }),
    warehouse,
    prepare: tables.prepare,
    observer: observerOf('publish-schema'),
  });
  const published = await publishSchemas({ folder: schemaFolder, ports: publishing });
  await tables.add(published);
  const topology = makeTopology(published, delivery);
  const { keys, writeKeys } = await openKeys(schemaFolder, hosts, closers);
  const ports = new Map<string, number>();
  for (const { name, callers } of topology.functions) {
    ports.set(name, callers.kind === 'public' && options.port !== 0 ? options.port : await freePort());
  }
  await declare(
    bus,
    busTopology(topology, (name) => `http://127.0.0.1:${ports.get(name)}`),
  );
  const logged = makeLoggedCounts(log.writeLine);
  const secrets = openSecretTexts(dataFolder, systemRandom);
  const environment = await functionEnvironment(secrets, hosts);
  // Its tables are DuckDB's, which one process may open: this one.
  const publisher = await serveFunction(
    'publish-schema',
    makePublishSchemaFunction(publishing, defaultPublishSchemaConfig),
    ports.get('publish-schema') ?? 0,
  );
  closers.push(() => publisher.close());
  const functions = await Promise.all(
    bundles.flatMap(({ name, folder }) => {
      const port = ports.get(name);
      if (port === undefined || name === 'publish-schema') return [];
      const onLine = (line: string) => logged.onLine(name, line);
      return [superviseFunction({ name, bundleFolder: folder, port, environment, clock: systemClock, onLine })];
    }),
  );
  closers.push(async () => {
    await Promise.all(functions.map((running) => running.stop(functionGraceMillis)));
  });
  const ingest = functions.find(({ name }) => name === 'ingest');
  const catalogUrl = await startCatalog({ schemaFolder, hosts, warehouse, ingestUrl: ingest?.url ?? '' }, closers);
  const quarantine = openQuarantine({ dataFolder, hosts, warehouse, observer: observerOf('replay') }, closers);
  const status = () => emulatorStatus(logged, counting.counts, quarantine.replayedCount());
  const stop = async () => {
    await ingest?.stop(functionGraceMillis);
    await drain(status, options.drainSeconds * 1_000);
    await closeAll(closers);
  };
  const schemas = makeSchemaUploads({ schemas: schemaObjects, registry, publisher: createPubSubPublisher(bus) });
  const reads = { url: ingest?.url ?? '', catalogUrl, warehouse, feed, logPath };
  return { ...reads, keys, writeKeys, schemas, quarantine, functions, status, stop };
}

interface CatalogTarget {
  readonly schemaFolder: string;
  readonly hosts: EmulatorHosts;
  readonly warehouse: Warehouse;
  readonly ingestUrl: string;
}

/** On a port of its own: ingest is another process, and it is the deployed one, which serves no catalog. */
async function startCatalog(target: CatalogTarget, closers: Closers): Promise<string> {
  const { schemaFolder, hosts, warehouse, ingestUrl } = target;
  const database = openDatabase('registry', databases.registry, hosts);
  closers.push(() => database.close());
  const registry = createFirestoreRegistry({ database });
  const catalog = makeCatalogHandler({
    site: makeLiveCatalog({ registry, schemaFolder, ingestUrl: () => ingestUrl, clock: systemClock }),
    counts: makeLiveCounts({ warehouse, clock: systemClock }),
  });
  const server = await serveCatalog(catalog);
  closers.push(() => server.close());
  return server.url;
}

interface QuarantineTarget {
  readonly dataFolder: string;
  readonly hosts: EmulatorHosts;
  readonly warehouse: Warehouse;
  readonly observer: Observer;
}

/** In this process, which has the tables and the private key. */
function openQuarantine(
  { dataFolder, hosts, warehouse, observer }: QuarantineTarget,
  closers: Closers,
): LocalQuarantine {
  const database = openDatabase('registry', databases.registry, hosts);
  const publisher = createPubSubPublisher({ projectId: emulatorProject, emulatorHost: hosts.pubsub });
  const replayMarks = openEmbeddedReplayMarks({ path: replayMarksPath(dataFolder) });
  closers.push(async () => {
    await publisher.close();
    replayMarks.close();
    await database.close();
  });
  return makeLocalQuarantine({
    warehouse,
    replayMarks,
    registry: createFirestoreRegistry({ database }),
    publisher,
    observer,
    secrets: openLocalSecrets(dataFolder, systemRandom),
  });
}

async function startEmulators(closers: Closers): Promise<EmulatorHosts> {
  const started = await Promise.allSettled(
    (['pubsub', 'firestore'] as const).map((kind) => startEmulator(kind, emulatorProject)),
  );
  const [pubsub, firestore] = started.map((result): Emulator | undefined => {
    if (result.status === 'rejected') return undefined;
    closers.push(() => result.value.stop());
    return result.value;
  });
  for (const result of started) if (result.status === 'rejected') throw result.reason;
  if (pubsub === undefined || firestore === undefined) throw new Error('an emulator did not start');
  return { pubsub: pubsub.host, firestore: firestore.host };
}

/** The stored keys, and a new one for each SDK: deployed functions know no development key. */
async function openKeys(schemaFolder: string, hosts: EmulatorHosts, closers: Closers) {
  const database = openDatabase('write-keys', databases.writeKeys, hosts);
  closers.push(() => database.close());
  const folder = await readSchemaFolder(schemaFolder);
  const sdks = [...readSdkBindings(folder.sdks).bindings.keys()];
  const keys = makeKeyAdmin({
    records: createFirestoreWriteKeyRecords({ database }),
    readSdks: async () => sdks,
    environment: 'emulators',
    clock: systemClock,
    random: systemRandom,
  });
  const writeKeys: Record<string, string> = {};
  for (const sdk of sdks) {
    const outcome = await keys.create(sdk);
    if (outcome.kind === 'created') writeKeys[sdk] = outcome.writeKey;
  }
  return { keys, writeKeys };
}

function openDatabase(dependency: Dependency, databaseId: string, hosts: EmulatorHosts) {
  return openFirestore(databaseOptions(dependency, databaseId, hosts));
}

function databaseOptions(dependency: Dependency, databaseId: string, hosts: EmulatorHosts) {
  return { dependency, projectId: emulatorProject, databaseId, emulatorHost: hosts.firestore };
}

function emulatorStatus(logged: LoggedCounts, counts: ReadonlyMap<string, number>, replayed: number): LocalStatus {
  return statusFromCounts(logged, replayed, (dataset) => counts.get(`rows-written.${dataset}`) ?? 0);
}

async function drain(status: () => LocalStatus, maxMillis: number): Promise<void> {
  const endMillis = systemClock.nowMillis() + maxMillis;
  while (status().backlog > 0 && systemClock.nowMillis() < endMillis) {
    await new Promise<void>((resolve) => systemClock.after(drainPollMillis, resolve));
  }
}

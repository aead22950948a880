import { join } from 'node:path';
import type { FunctionName } from '../../../functions/index.ts';
import { openDataFolder } from '../../../shared/adapters/embedded/data-format.ts';
import { openWarehouse, type Warehouse } from '../../../shared/adapters/embedded/duckdb/tables.ts';
import { openSecretTexts } from '../../../shared/adapters/embedded/secrets.ts';
import { storagePath } from '../../../shared/adapters/embedded/storage-paths.ts';
import { declareOnEmulator } from '../../../shared/adapters/gcp/pubsub-admin.ts';
import { openPullReader } from '../../../shared/adapters/gcp/pull-reader.ts';
import { systemClock } from '../../../shared/adapters/system-clock.ts';
import { systemRandom } from '../../../shared/adapters/system-random.ts';
import { proofSdk } from '../../../shared/erasure/proof.ts';
import type { HttpHandler } from '../../../shared/http/http.ts';
import { type Line, lineOf } from '../../../shared/http/line.ts';
import type { AnyNeeds } from '../../../shared/needs/needs.ts';
import { combineObservers, makeCountingObserver, makeJsonObserver } from '../../../shared/observe/json-observer.ts';
import { heartbeatSdk } from '../../../shared/sdks/heartbeat.ts';
import { type BundledFunction, buildFolders } from '../../bundle/build.ts';
import { unfitRowsSubscription } from '../../naming.ts';
import { type DeliverySettings, defaultDelivery, makeTopology } from '../../topology.ts';
import { busTopology } from '../bus-topology.ts';
import { startExpiryCount } from '../expiry-count.ts';
import { serveFunction } from '../function-servers.ts';
import { makeLegacyUploads } from '../legacy-uploads.ts';
import { makeLiveFeed } from '../live-feed.ts';
import { makeLiveTables } from '../live-tables.ts';
import { makeLocalCompleteness } from '../local-completeness.ts';
import type { LocalDeployment, LocalDeploymentOptions, LocalStatus } from '../local-deployment.ts';
import { localFunctions, localPublishing, startLocalFunction } from '../local-functions.ts';
import { makeLocalQueries } from '../local-queries.ts';
import type { LocalStorage } from '../local-storage.ts';
import { makeLocalKeyAdmin, publishedSdks } from '../local-write-keys.ts';
import { openLogFile } from '../log-file.ts';
import { publishSchemas } from '../publish-schemas.ts';
import { startFinishingErasures, startHeartbeats } from '../schedules.ts';
import { makeSchemaUploads } from '../schema-uploads.ts';
import { startCatalog } from './emulator-catalog.ts';
import { type EmulatorHosts, emulatorEnvironment, emulatorProject } from './emulator-environment.ts';
import { type LoggedCounts, makeLoggedCounts, statusFromCounts } from './emulator-status.ts';
import { openEmulatorStorage } from './emulator-storage.ts';
import { firstAnswer } from './first-answer.ts';
import { type SupervisedFunction, superviseFunction } from './function-supervisor.ts';
import { type Emulator, startEmulator } from './gcloud-emulator.ts';
import { keepSubjectKeys } from './kept-keys.ts';
import { freePort } from './ports.ts';
import { makePushPath, onlyAtPath } from './push-path.ts';
import { startSecondLineGate } from './second-line-gate.ts';

/** A deployment on Google's emulators; tests kill its functions. */
export interface EmulatorDeployment extends LocalDeployment {
  readonly warehouse: Warehouse;
  readonly functions: readonly SupervisedFunction[];
}

export interface EmulatorDeploymentOptions extends LocalDeploymentOptions {
  /** Default `defaultDelivery`. The emulator knows no backoff (`declareOnEmulator`). */
  readonly delivery?: DeliverySettings;
  /** What runs as functions; default: bundles built into the data folder, which takes seconds. */
  readonly bundles?: () => Promise<readonly BundledFunction[]>;
  /** Makes topics and subscriptions; default `declareOnEmulator`. */
  readonly declare?: typeof declareOnEmulator;
  /** What rows are written through; tests take tables away. Default: the warehouse itself. */
  readonly writeThrough?: (warehouse: Warehouse) => Warehouse;
}

const functionGraceMillis = 3_000;
const drainPollMillis = 50;
const pollMillis = 200;
const deadLetterPollMillis = 1_000;

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
  openDataFolder(options.dataFolder);
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
  const warehouse = await openWarehouse({ path: storagePath(dataFolder, 'warehouse') });
  closers.push(() => warehouse.close());
  const queries = makeLocalQueries(warehouse, dataFolder);
  closers.push(() => queries.close());
  const { bundles: bundled = () => buildFolders(join(dataFolder, 'bundles')) } = options;
  const [hosts, bundles] = await Promise.all([startEmulators(closers), bundled()]);
  const bus = { projectId: emulatorProject, emulatorHost: hosts.pubsub };
  const counting = makeCountingObserver();
  const observerOf = (component: string) =>
    combineObservers(counting, makeJsonObserver({ component, clock: systemClock, writeLine: log.writeLine }));
  const reader = openPullReader({ ...bus, clock: systemClock, ...pullingOf(delivery) });
  closers.push(() => reader.close());
  const feed = makeLiveFeed();
  const tables = makeLiveTables({
    bus: reader,
    // Whoever declares in another way declares all of it, at once.
    declare: (declared) => (options.declare === undefined ? declare(bus, declared) : Promise.resolve()),
    warehouse: options.writeThrough?.(warehouse) ?? warehouse,
    observer: observerOf('sink'),
    feed,
    delivery,
  });
  closers.push(() => tables.stop());
  const storage = openEmulatorStorage(dataFolder, hosts, warehouse);
  closers.push(() => storage.close());
  await firstAnswer(storage);
  const keptKeys = await keepSubjectKeys(dataFolder, hosts.firestore, observerOf('subject-keys'));
  closers.push(() => keptKeys.stop());
  const publishing = localPublishing(storage, observerOf('publish-schema'), tables.prepare);
  const published = await publishSchemas({ folder: schemaFolder, ports: publishing });
  const waiting = [...published.waiting, ...(await tables.addFitting(published.active))];
  const expiry = startExpiryCount({
    warehouse,
    registry: storage.databases.registry,
    clock: systemClock,
    observer: observerOf('expiry'),
  });
  closers.push(() => expiry.stop());
  const { keys, writeKeys } = await openKeys(storage);
  const logged = makeLoggedCounts(log.writeLine);
  const ports = await portsOfFunctions(options.port);
  const pushPath = makePushPath(systemRandom);
  const topology = makeTopology(published.active, delivery);
  const originOf = (name: string) => `http://127.0.0.1:${ports.get(name)}`;
  const functionUrl = (name: string) => (ports.has(name) ? `${originOf(name)}${pushPath}` : undefined);
  const { secondLineBackoffSeconds: backoffSeconds } = delivery;
  const gate = await startSecondLineGate({ backoffSeconds, functionUrl, pushPath, clock: systemClock });
  closers.push(() => gate.close());
  const urlOf = (name: string, line: Line) => (line === 'second' ? gate.urlOf(name) : functionUrl(name));
  await declare(bus, busTopology(topology, urlOf));
  const environmentOf = await emulatorEnvironment(openSecretTexts(dataFolder, systemRandom), hosts, {
    frontDoor: originOf('ingest'),
    writeKey: writeKeys[heartbeatSdk] ?? '',
    proofKey: writeKeys[proofSdk] ?? '',
  });
  const begun: SupervisedFunction[] = [];
  closers.push(async () => {
    await Promise.all(begun.map((each) => each.stop(functionGraceMillis)));
  });
  const supervise = async (needs: AnyNeeds & { readonly name: FunctionName }, bundleFolder: string) => {
    const { name, callers } = needs;
    const [port, environment] = [ports.get(name) ?? 0, environmentOf(needs)];
    const onLine = (line: string) => logged.onLine(name, line);
    const door = { port, ...(callers.kind === 'public' ? {} : { pushPath }) };
    const started = await superviseFunction({ name, bundleFolder, ...door, environment, clock: systemClock, onLine });
    begun.push(started);
    return started;
  };
  const running = await Promise.all(
    localFunctions.flatMap((needs) => {
      const bundle = bundles.find(({ name }) => name === needs.name);
      return bundle === undefined || runsHere(needs) ? [] : [supervise(needs, bundle.folder)];
    }),
  );
  const operatorFunctions = new Map<string, HttpHandler>();
  for (const needs of localFunctions.filter(runsHere)) {
    const parts = { held: storage, observer: observerOf(needs.name), publishing, ingestUrl: () => '' };
    const started = await startLocalFunction(needs, parts);
    if (needs.callers.kind === 'operators') {
      operatorFunctions.set(needs.name, started);
      continue;
    }
    const handler = onlyAtPath(pushPath, started);
    const server = await serveFunction(needs.name, handler, ports.get(needs.name) ?? 0);
    closers.push(() => server.close());
  }
  const finishing = startFinishingErasures(functionUrl('finish-erasures') ?? '');
  closers.push(() => finishing.stop());
  if (options.heartbeats) {
    const schedules = startHeartbeats(functionUrl('heartbeat') ?? '');
    closers.push(() => schedules.stop());
  }
  const ingest = running.find(({ name }) => name === 'ingest');
  const catalog = await startCatalog({ schemaFolder, storage, ingestUrl: ingest?.url ?? '' });
  closers.push(() => catalog.close());
  const completeness = makeLocalCompleteness({ storage });
  const status = () => emulatorStatus(logged, counting.counts);
  const stop = async () => {
    await ingest?.stop(functionGraceMillis);
    await drain(status, options.drainSeconds * 1_000);
    await closeAll(closers);
  };
  const { publisher, databases, buckets } = storage;
  const schemas = makeSchemaUploads({ schemas: buckets.schemas, registry: databases.registry, publisher });
  const legacy = makeLegacyUploads({ dataFolder, files: buckets.legacy, exports: databases.exports, publisher });
  const reads = { url: ingest?.url ?? '', catalogUrl: catalog.url, warehouse, feed, logPath, legacy };
  return {
    ...reads,
    queries,
    keys,
    writeKeys,
    schemas,
    waiting,
    operatorFunctions,
    secondLines: () => undefined,
    completeness,
    functions: running,
    status,
    stop,
  };
}

/** What few messages wait in dead letters are looked for less often, and wait for their backoff. */
function pullingOf({ secondLineBackoffSeconds }: DeliverySettings) {
  const ofDeadLetters = (name: string) => lineOf(name) === 'second' || name.startsWith(unfitRowsSubscription(''));
  return {
    pollMillis: (name: string) => (ofDeadLetters(name) ? deadLetterPollMillis : pollMillis),
    backoffSeconds: (name: string) => (ofDeadLetters(name) ? secondLineBackoffSeconds : 0),
  };
}

/** Where each function listens: the public one on the port that is asked for. */
async function portsOfFunctions(publicPort: number): Promise<ReadonlyMap<string, number>> {
  const ports = new Map<string, number>();
  for (const { name, callers } of localFunctions) {
    ports.set(name, callers.kind === 'public' && publicPort !== 0 ? publicPort : await freePort());
  }
  return ports;
}

/** Tables are DuckDB's, which one process may open: this one; and legacy files lie in its folder. */
function runsHere({ describes, rows = [], changes = [], buckets }: AnyNeeds): boolean {
  return describes.length > 0 || rows.length > 0 || changes.length > 0 || 'legacy' in buckets;
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
async function openKeys({ databases }: LocalStorage) {
  const keys = makeLocalKeyAdmin(databases.writeKeys, databases.registry, 'emulators');
  const made = await Promise.all((await publishedSdks(databases.registry)).map((sdk) => keys.create(sdk)));
  const writeKeys = Object.fromEntries(
    made.flatMap((outcome) => (outcome.kind === 'created' ? [[outcome.sdk, outcome.writeKey] as const] : [])),
  );
  return { keys, writeKeys };
}

function emulatorStatus(logged: LoggedCounts, counts: ReadonlyMap<string, number>): LocalStatus {
  return statusFromCounts(logged, counts.get('replayed') ?? 0, (dataset) => counts.get(`rows-written.${dataset}`) ?? 0);
}

async function drain(status: () => LocalStatus, maxMillis: number): Promise<void> {
  const endMillis = systemClock.nowMillis() + maxMillis;
  while (status().backlog > 0 && systemClock.nowMillis() < endMillis) {
    await new Promise<void>((resolve) => systemClock.after(drainPollMillis, resolve));
  }
}

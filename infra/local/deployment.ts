import { join } from 'node:path';
import { systemClock } from '../../shared/adapters/system-clock.ts';
import { combineObservers, makeCountingObserver, makeJsonObserver } from '../../shared/observe/json-observer.ts';
import type { Observer } from '../../shared/observe/observer.ts';
import { datasets, isHold } from '../naming.ts';
import { type FunctionName, makeTopology, type Topology } from '../topology.ts';
import { startClaimPurge } from './claim-purge.ts';
import { type FunctionServer, serveFunction } from './function-servers.ts';
import { type LiveFeed, makeLiveFeed } from './live-feed.ts';
import { makeLocalFunctions } from './local-functions.ts';
import { openLogFile } from './log-file.ts';
import { publishSchemas } from './publish-schemas.ts';
import { closeLocalStorage, type LocalStorage, openLocalStorage } from './storage.ts';
import { startTableSink, type TableSink, type TableTarget } from './table-sink.ts';

export interface LocalDeploymentOptions {
  readonly port: number;
  readonly dataFolder: string;
  readonly schemaFolder: string;
  /** How long `stop` waits for the backlog to be worked off. */
  readonly drainSeconds: number;
}

/** What the local deployment has done since it started, and what it has left to do. */
export interface LocalStatus {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: number;
  readonly rows: number;
  readonly quarantined: number;
  /** Messages on the bus that are not acknowledged, dead letters left out. */
  readonly backlog: number;
  /** How long the oldest message of the backlog has been on the bus; absent when there is none. */
  readonly oldestMessageAgeMillis?: number;
  /** Messages that wait in dead letters. */
  readonly deadLetters: number;
}

export interface LocalDeployment {
  readonly url: string;
  readonly topology: Topology;
  readonly storage: LocalStorage;
  readonly feed: LiveFeed;
  readonly logPath: string;
  status(): LocalStatus;
  /** Refuses new connections, works off the backlog for at most `drainSeconds`, closes everything. */
  stop(): Promise<void>;
}

/** How often `stop` looks whether the backlog is gone. */
const drainPollMillis = 20;
/** How long pushes that are on their way may still take once the backlog is gone or the time for it is over. */
const lastPushMillis = 2_000;

/** Starts the whole topology in this process. Rejects, with everything closed again, when a part cannot start. */
export async function startLocalDeployment(options: LocalDeploymentOptions): Promise<LocalDeployment> {
  const storage = await openLocalStorage(options.dataFolder);
  const logPath = join(options.dataFolder, 'edi.log');
  const log = openLogFile(logPath);
  const counting = makeCountingObserver();
  const observerOf = (component: string) =>
    combineObservers(counting, makeJsonObserver({ component, clock: systemClock, writeLine: log.writeLine }));
  const servers = new Map<FunctionName, FunctionServer>();
  try {
    const published = await publishSchemas({
      folder: options.schemaFolder,
      registry: storage.registry,
      objects: storage.objects,
      clock: systemClock,
      ensureTables: (schemas) => ensureTables(storage, makeTopology(schemas)),
    });
    const topology = makeTopology(published.schemas);
    const handlers = await makeLocalFunctions(storage, observerOf);
    for (const { name, callers } of topology.functions) {
      servers.set(name, await serveFunction(name, handlers[name], callers === 'public' ? options.port : 0));
    }
    declareTopology(storage, topology, servers);
    const feed = makeLiveFeed();
    const purge = startClaimPurge(storage, observerOf('claims'));
    const sinks = startSinks(storage, topology, { observer: observerOf('sink'), feed });
    storage.bus.start();
    const status = () => readStatus(counting.counts, storage);
    const stop = async () => {
      // Pushes between the stages go on while the backlog is worked off; only clients are refused.
      await drain({ ingest: servers.get('ingest'), status, maxMillis: options.drainSeconds * 1_000 });
      purge.stop();
      await Promise.all(sinks.map((sink) => sink.stop()));
      await storage.bus.stop({ drainMillis: lastPushMillis });
      await closeAll(storage, servers);
      log.close();
    };
    return { url: servers.get('ingest')?.url ?? '', topology, storage, feed, logPath, status, stop };
  } catch (error) {
    await closeAll(storage, servers);
    log.close();
    throw error;
  }
}

/** Makes the topology's tables and views. Rejects with an error for people when a table would lose or retype a column. */
async function ensureTables({ warehouse }: LocalStorage, { tables }: Topology): Promise<void> {
  for (const { dataset, table, columns, exactView } of tables) {
    const name = { schema: dataset, table };
    const made = await warehouse.ensureTable({ ...name, columns });
    if (made.kind === 'refused') throw new TableChangeError(dataset, table, made.reason);
    if (exactView === undefined) continue;
    const view = { schema: exactView.dataset, table: exactView.view };
    const viewed = await warehouse.ensureExactView({
      table: name,
      view,
      columns: columns.map((column) => column.name),
    });
    if (viewed.kind === 'refused') throw new TableChangeError(view.schema, view.table, viewed.reason);
  }
}

/** A schema that does not fit the table that its earlier revision made. */
export class TableChangeError extends Error {
  override readonly name = 'TableChangeError';

  constructor(dataset: string, table: string, reason: string) {
    super(
      `table ${dataset}.${table}: ${reason}. Make it a new major version, or start with another --data or --ephemeral.`,
    );
  }
}

function declareTopology(
  storage: LocalStorage,
  topology: Topology,
  servers: ReadonlyMap<FunctionName, FunctionServer>,
): void {
  storage.bus.declare({
    topics: topology.topics.map((topic) => topic.name),
    subscriptions: topology.subscriptions.map(({ target, ...subscription }) => {
      if (target.kind !== 'push') return subscription;
      const endpoint = servers.get(target.function)?.url;
      if (endpoint === undefined)
        throw new Error(`${subscription.name} pushes to ${target.function}, which is not deployed`);
      return { ...subscription, push: { endpoint, maxOutstandingMessages: target.maxOutstandingMessages } };
    }),
  });
}

function startSinks(
  storage: LocalStorage,
  topology: Topology,
  { observer, feed }: { readonly observer: Observer; readonly feed: LiveFeed },
): TableSink[] {
  return topology.subscriptions.flatMap(({ name, target }) => {
    if (target.kind !== 'table') return [];
    const onRows = (written: TableTarget, rows: readonly string[]) => {
      observer.count('rows-written', rows.length, written.dataset);
      feed.publish(written, rows);
    };
    const { bus, warehouse } = storage;
    return [startTableSink({ bus, warehouse, subscription: name, target, clock: systemClock, observer, onRows })];
  });
}

function readStatus(counts: ReadonlyMap<string, number>, { bus }: LocalStorage): LocalStatus {
  const count = (name: string) => counts.get(name) ?? 0;
  let backlog = 0;
  let deadLetters = 0;
  let oldestMessageAgeMillis: number | undefined;
  for (const { subscription, backlogMessages, oldestMessageAgeMillis: ageMillis } of bus.stats()) {
    if (isHold(subscription)) {
      deadLetters += backlogMessages;
      continue;
    }
    backlog += backlogMessages;
    if (ageMillis !== undefined) oldestMessageAgeMillis = Math.max(ageMillis, oldestMessageAgeMillis ?? 0);
  }
  return {
    accepted: count('accepted'),
    duplicates: count('duplicates') + count('duplicates-in-request'),
    rejected: count('rejected'),
    rows: count(`rows-written.${datasets.raw}`),
    quarantined: count(`rows-written.${datasets.operations}`),
    backlog,
    ...(oldestMessageAgeMillis === undefined ? {} : { oldestMessageAgeMillis }),
    deadLetters,
  };
}

interface Draining {
  readonly ingest: FunctionServer | undefined;
  readonly status: () => LocalStatus;
  readonly maxMillis: number;
}

async function drain({ ingest, status, maxMillis }: Draining): Promise<void> {
  const endMillis = systemClock.nowMillis() + maxMillis;
  let answering = true;
  ingest?.refuseNew().then(() => {
    answering = false;
  });
  while ((answering || status().backlog > 0) && systemClock.nowMillis() < endMillis) {
    await new Promise<void>((resolve) => systemClock.after(drainPollMillis, resolve));
  }
}

async function closeAll(storage: LocalStorage, servers: ReadonlyMap<FunctionName, FunctionServer>): Promise<void> {
  await Promise.all([...servers.values()].map((server) => server.close()));
  await closeLocalStorage(storage);
}

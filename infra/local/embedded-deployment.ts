import { join } from 'node:path';
import { type EmbeddedStorage, openEmbeddedStorage } from '../../shared/adapters/embedded/storage.ts';
import { systemClock } from '../../shared/adapters/system-clock.ts';
import type { HttpHandler } from '../../shared/http/http.ts';
import { lineOf } from '../../shared/http/line.ts';
import { isPubSubFunction } from '../../shared/http/pubsub-function.ts';
import { combineObservers, makeCountingObserver, makeJsonObserver } from '../../shared/observe/json-observer.ts';
import type { LineBacklog } from '../../shared/ports/operations.ts';
import { datasets } from '../naming.ts';
import { makeTopology } from '../topology.ts';
import { busTopology } from './bus-topology.ts';
import { catalogPath, makeCatalogHandler } from './catalog/catalog-handler.ts';
import { makeLiveCatalog } from './catalog/live-catalog.ts';
import { makeLiveCounts } from './catalog/live-counts.ts';
import { makeLiveLegacyShares } from './catalog/live-legacy-shares.ts';
import { makeLiveTypeState } from './catalog/live-type-state.ts';
import { startClaimPurge } from './claim-purge.ts';
import { startExpiryCount } from './expiry-count.ts';
import { type FunctionServer, serveFunction } from './function-servers.ts';
import { makeLegacyUploads } from './legacy-uploads.ts';
import { behindLivePage, livePath } from './live/live-handler.ts';
import { makeLivePage } from './live/live-page.ts';
import { makeLiveFeed } from './live-feed.ts';
import { makeLiveTables } from './live-tables.ts';
import { makeLocalCompleteness } from './local-completeness.ts';
import type { LocalDeployment, LocalDeploymentOptions, LocalStatus } from './local-deployment.ts';
import { localFunctions, localPublishing, startLocalFunction } from './local-functions.ts';
import { besidePages } from './local-pages.ts';
import { makeLocalQueries } from './local-queries.ts';
import { makeLocalKeyAdmin } from './local-write-keys.ts';
import { openLogFile } from './log-file.ts';
import { oneAfterAnother } from './page-queries.ts';
import { makePlaygroundHandler, playgroundPath } from './playground/playground-handler.ts';
import { publishSchemas } from './publish-schemas.ts';
import { startFinishingErasures, startHeartbeats } from './schedules.ts';
import { makeSchemaUploads } from './schema-uploads.ts';

/** How often `stop` looks whether the backlog is gone. */
const drainPollMillis = 20;
/** How long pushes that are on their way may still take once the backlog is gone or the time for it is over. */
const lastPushMillis = 2_000;

/** Starts the whole topology in this process. Rejects, with everything closed again, when a part cannot start. */
export async function startEmbeddedDeployment(options: LocalDeploymentOptions): Promise<LocalDeployment> {
  const storage = await openEmbeddedStorage(options.dataFolder, options);
  const logPath = join(options.dataFolder, 'edi.log');
  const log = openLogFile(logPath);
  const counting = makeCountingObserver();
  const observerOf = (component: string) =>
    combineObservers(counting, makeJsonObserver({ component, clock: systemClock, writeLine: log.writeLine }));
  const servers = new Map<string, FunctionServer>();
  try {
    const feed = makeLiveFeed();
    const { bus, databases } = storage;
    const { registry } = databases;
    const tables = makeLiveTables({
      ...storage,
      declare: (topology) => bus.declare(topology),
      observer: observerOf('sink'),
      feed,
    });
    const publishing = localPublishing(storage, observerOf('publish-schema'), tables.prepare);
    const published = await publishSchemas({ folder: options.schemaFolder, ports: publishing });
    const waiting = [...published.waiting, ...(await tables.addFitting(published.active))];
    const topology = makeTopology(published.active);
    const ingestUrl = () => servers.get('ingest')?.url ?? '';
    const { schemaFolder } = options;
    const site = makeLiveCatalog({ registry, schemaFolder, ingestUrl, clock: systemClock });
    const asked = { warehouse: oneAfterAnother(storage.warehouse), clock: systemClock };
    const counts = makeLiveCounts(asked);
    const legacyShares = makeLiveLegacyShares(asked);
    const state = makeLiveTypeState(asked);
    const status = () => readStatus(counting.counts, storage);
    const operatorFunctions = new Map<string, HttpHandler>();
    const replay = () => operatorFunctions.get('replay');
    const watched = { storage, feed, site, status, ingestUrl, schemaFolder };
    const live = makeLivePage({
      ...watched,
      observer: observerOf('live-page'),
      replay,
      forgetCounts: counting.reset,
    });
    const pages = new Map([
      [catalogPath, makeCatalogHandler({ site, counts, state, legacyShares })],
      [playgroundPath, makePlaygroundHandler({ feed, status, clock: systemClock })],
      [livePath, live.handler],
    ]);
    for (const needs of localFunctions) {
      const { name, callers } = needs;
      const handler = await startLocalFunction(needs, {
        held: storage,
        observer: observerOf(name),
        publishing,
        ingestUrl,
      });
      if (callers.kind === 'operators') {
        operatorFunctions.set(name, handler);
        continue;
      }
      const isPublic = callers.kind === 'public';
      const served = isPublic ? behindLivePage(besidePages(handler, pages), live.handler) : handler;
      const server = await serveFunction(name, served, isPublic ? options.port : 0);
      servers.set(name, server);
      if (isPubSubFunction(handler)) storage.takers.set(server.url, handler.take);
    }
    bus.declare(busTopology(topology, (name) => servers.get(name)?.url));
    const schedules = options.heartbeats ? startHeartbeats(servers.get('heartbeat')?.url ?? '') : undefined;
    const finishing = startFinishingErasures(servers.get('finish-erasures')?.url ?? '');
    const queries = makeLocalQueries(storage.warehouse, options.dataFolder);
    const purge = startClaimPurge(databases.claims, observerOf('claims'));
    const expiry = startExpiryCount({ ...storage, registry, observer: observerOf('expiry') });
    bus.start();
    const stop = async () => {
      // Pushes between the stages go on while the backlog is worked off; only clients are refused.
      await drain({ ingest: servers.get('ingest'), status, maxMillis: options.drainSeconds * 1_000 });
      schedules?.stop();
      finishing.stop();
      purge.stop();
      await expiry.stop();
      await queries.close();
      await tables.stop();
      await bus.stop({ drainMillis: lastPushMillis });
      await closeAll(storage, servers);
      log.close();
    };
    const keys = makeLocalKeyAdmin(databases.writeKeys, registry);
    const uploads = makeSchemaUploads({ schemas: storage.buckets.schemas, registry, publisher: bus });
    const { dataFolder } = options;
    const legacy = makeLegacyUploads({
      dataFolder,
      files: storage.buckets.legacy,
      exports: databases.exports,
      publisher: bus,
    });
    const completeness = makeLocalCompleteness({ storage });
    const urlOf = (path: string) => `${ingestUrl()}${path}/`;
    const reads = {
      url: ingestUrl(),
      catalogUrl: urlOf(catalogPath),
      playgroundUrl: urlOf(playgroundPath),
      livePageUrl: live.url(),
      warehouse: storage.warehouse,
      feed,
      logPath,
    };
    const secondLines = () => secondLineBacklogs(storage);
    const operated = { queries, keys, schemas: uploads, legacy, waiting, operatorFunctions, secondLines, completeness };
    return { ...reads, ...operated, status, reset: live.reset, stop };
  } catch (error) {
    await closeAll(storage, servers);
    log.close();
    throw error;
  }
}

function secondLineBacklogs({ bus }: EmbeddedStorage): LineBacklog[] {
  return bus.stats().flatMap(({ subscription, backlogMessages: messages, oldestMessageAgeMillis: ageMillis }) => {
    if (lineOf(subscription) === 'first') return [];
    const oldest = ageMillis === undefined ? {} : { oldestSeconds: Math.round(ageMillis / 1_000) };
    return [{ subscription, messages, ...oldest }];
  });
}

function readStatus(counts: ReadonlyMap<string, number>, { bus }: EmbeddedStorage): LocalStatus {
  const count = (name: string) => counts.get(name) ?? 0;
  let backlog = 0;
  let deadLetters = 0;
  let oldestMessageAgeMillis: number | undefined;
  for (const { subscription, backlogMessages, oldestMessageAgeMillis: ageMillis } of bus.stats()) {
    if (lineOf(subscription) === 'second') {
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

async function closeAll(storage: EmbeddedStorage, servers: ReadonlyMap<string, FunctionServer>): Promise<void> {
  await Promise.all([...servers.values()].map((server) => server.close()));
  await storage.close();
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import type { FunctionName } from '../../functions/index.ts';
import { type EmulatorDeployment, startEmulatorDeployment } from '../../infra/local/emulators/emulator-deployment.ts';
import { emulatorProject } from '../../infra/local/emulators/emulator-environment.ts';
import type { SupervisedFunction } from '../../infra/local/emulators/function-supervisor.ts';
import { deadLetterTopic, eventTopic, tableSubscription, topics } from '../../infra/naming.ts';
import { type DeliverySettings, defaultDelivery } from '../../infra/topology.ts';
import { runReadOnlyQuery } from '../../shared/adapters/embedded/duckdb/query.ts';
import { rowObjects } from '../../shared/adapters/embedded/duckdb/row-objects.ts';
import { declareOnEmulator } from '../../shared/adapters/gcp/pubsub-admin.ts';
import { openPullReader } from '../../shared/adapters/gcp/pull-reader.ts';
import { systemClock } from '../../shared/adapters/system-clock.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';
import type { MessageReader, PulledMessage } from '../../shared/ports/message-reader.ts';
import { type Emulators, startEmulators } from './integration-emulators.ts';
import { leakyWarehouse } from './leaky-warehouse.ts';
import { sendBatch, trackPlayed, trackPlayedTable } from './local-events.ts';
import type { HttpAnswer } from './local-http.ts';
import { makeScratchFolder, projectFolder, waitFor } from './local-process.ts';
import { sharedBundles } from './run-socket.ts';

/** The deployment on emulators of its own, in this process; its functions are processes that tests kill. */
export interface IntegrationDeployment extends EmulatorDeployment {
  readonly emulators: Emulators;
  /** Of an SDK that may send `trackPlayed`. */
  readonly writeKey: string;
  /** Pulls from the Pub/Sub emulator, whatever its gate does. */
  readonly reader: MessageReader;
  /** Tables whose rows are refused while they are in it. */
  readonly awayTables: Set<string>;
  readonly dataFolder: string;
}

/**
 * Rows that a reader took and did not write come again after ten seconds. A push that failed comes again after one,
 * whatever the backoff: the emulator gets none (`declareOnEmulator`).
 */
export const promptDelivery: DeliverySettings = { ...defaultDelivery, ackDeadlineSeconds: 10 };

const deadLetterSources = [
  'dedup',
  'pseudonymize',
  tableSubscription(topics.quarantine),
  tableSubscription(eventTopic(trackPlayed)),
];

/** What a hook that starts a deployment may take: Java and the functions start slowly on a busy machine. */
export const startTimeoutMillis = 600_000;

export interface IntegrationOptions {
  readonly heartbeats?: boolean;
  /** Settings of the functions that are processes, by their variables. */
  readonly settings?: Readonly<Record<string, string>>;
}

export async function startIntegration(
  delivery: Partial<DeliverySettings> = {},
  { heartbeats = false, settings = {} }: IntegrationOptions = {},
): Promise<IntegrationDeployment> {
  const scratch = makeScratchFolder();
  const dataFolder = join(scratch.path, 'data');
  const emulators = await startEmulators();
  const awayTables = new Set<string>();
  const hosts = {
    PUBSUB_EMULATOR_HOST: emulators.pubsubGate.host,
    FIRESTORE_EMULATOR_HOST: emulators.firestoreGate.host,
  };
  const deployment = await withEnvironment({ ...hosts, ...settings }, () =>
    startEmulatorDeployment({
      port: 0,
      dataFolder,
      schemaFolder: join(projectFolder, 'schemas'),
      drainSeconds: 0,
      heartbeats,
      bundles: sharedBundles,
      delivery: { ...promptDelivery, ...delivery },
      writeThrough: (warehouse) => leakyWarehouse(warehouse, (table) => awayTables.has(table)),
    }),
  );
  const bus = { projectId: emulatorProject, emulatorHost: emulators.pubsub.host };
  const reader = openPullReader({ ...bus, clock: systemClock });
  await declareOnEmulator(bus, { topics: [], subscriptions: deadLetterSources.map(tapOfDeadLetters) });
  return {
    ...deployment,
    emulators,
    writeKey: deployment.writeKeys?.['ios'] ?? '',
    reader,
    awayTables,
    dataFolder,
    async stop() {
      await deployment.stop();
      await reader.close();
      await emulators.stop();
      scratch.remove();
    },
  };
}

async function withEnvironment<T>(variables: Readonly<Record<string, string>>, run: () => Promise<T>): Promise<T> {
  const before = { ...process.env };
  Object.assign(process.env, variables);
  try {
    return await run();
  } finally {
    process.env = before;
  }
}

/** The process id of a function that runs. */
export function processIdOf({ functions }: EmulatorDeployment, name: FunctionName): number {
  const processId = functions.find((running) => running.name === name)?.processId();
  if (processId === undefined) throw new Error(`${name} does not run`);
  return processId;
}

/** Kills a function; resolves when the process that comes after it listens. */
export async function killAndAwait({ url, processId }: SupervisedFunction): Promise<void> {
  const killed = processId();
  if (killed === undefined) throw new Error('the function does not run');
  process.kill(killed, 'SIGKILL');
  await waitFor(
    'the next process',
    async () => {
      if (processId() === killed) return undefined;
      const answered = await fetch(url).catch(() => undefined);
      await answered?.body?.cancel();
      return answered !== undefined || undefined;
    },
    120_000,
  );
}

const maxRows = 1_000_000;

/** The rows of a query as objects. */
export async function queryRows({ warehouse }: EmulatorDeployment, sql: string): Promise<JsonObject[]> {
  const result = await runReadOnlyQuery(warehouse, sql, {
    maxRows,
    timeoutMillis: 60_000,
    maxResultBytes: 256 * 2 ** 20,
  });
  if (result.kind === 'refused' || result.truncated) throw new Error(`the query was not answered: ${sql}`);
  return rowObjects(result);
}

/** `event_id` of every row of `trackPlayed` in a dataset, in no order. */
async function readEventIds(deployment: EmulatorDeployment, dataset: 'events' | 'events_raw'): Promise<string[]> {
  const rows = await queryRows(deployment, `SELECT event_id FROM ${dataset}.${trackPlayedTable}`);
  return rows.map((row) => String(row['event_id']));
}

/** Waits until every one of these events has a row, then answers the ids of all rows of the exact view. */
export async function waitForEvents(deployment: EmulatorDeployment, ids: Iterable<string>): Promise<string[]> {
  const wanted = [...ids];
  let missing = wanted;
  return await waitFor(
    () => `a row for every acknowledged event; ${missing.length} of ${wanted.length} are missing`,
    async () => {
      await delay(200);
      const found = await readEventIds(deployment, 'events');
      const known = new Set(found);
      missing = wanted.filter((id) => !known.has(id));
      return missing.length === 0 ? found : undefined;
    },
    180_000,
  );
}

/** Every one of these events ends up in the exact view, once, and nothing was set aside on the way. */
export async function expectExactlyOnce(deployment: IntegrationDeployment, ids: Iterable<string>): Promise<string[]> {
  const rowIds = await waitForEvents(deployment, ids);
  expect(rowIds.length - new Set(rowIds).size, 'rows of events that have one already').toBe(0);
  const dead = await pullDeadLetters(deployment);
  expect(
    dead.map(({ subscription }) => subscription),
    'dead letters',
  ).toEqual([]);
  expect(await queryRows(deployment, 'SELECT reason FROM operations.quarantine'), 'quarantine').toEqual([]);
  return rowIds;
}

/** Gets what becomes a dead letter, beside the second line. */
function tapOfDeadLetters(source: string) {
  const { ackDeadlineSeconds, minBackoffSeconds, maxBackoffSeconds } = promptDelivery;
  const topic = deadLetterTopic(source);
  return { name: `tap.${topic}`, topic, ackDeadlineSeconds, minBackoffSeconds, maxBackoffSeconds };
}

/** What became a dead letter; it is leased, so the next call may not see it. */
export async function pullDeadLetters({ reader }: IntegrationDeployment): Promise<PulledMessage[]> {
  const found = await Promise.all(deadLetterSources.map((source) => reader.pull(tapOfDeadLetters(source).name, 100)));
  return found.flat();
}

/** The lines with this message that a function has logged, oldest first. */
export function readLog({ logPath }: EmulatorDeployment, message: string): JsonObject[] {
  // What follows the last end of a line is being written.
  return readFileSync(logPath, 'utf8')
    .split('\n')
    .slice(0, -1)
    .flatMap((line) => {
      if (!line.includes(message)) return [];
      const value: JsonValue = JSON.parse(line);
      return isJsonObject(value) && value['message'] === message ? [value] : [];
    });
}

/**
 * Whether ingest has taken every event of a batch. It may answer 200 and still ask for an event again: it cannot tell
 * an unknown type from one that it could not read yet.
 */
export function isAcknowledged({ status, text }: HttpAnswer): boolean {
  if (status !== 200) return false;
  const answer: JsonValue = JSON.parse(text);
  const rejected = isJsonObject(answer) ? answer['rejected'] : undefined;
  if (!Array.isArray(rejected)) throw new Error('an answer without the list of rejected events');
  const refused = rejected.find((event) => isJsonObject(event) && event['transient'] !== true);
  if (refused !== undefined) throw new Error(`an event was refused for good: ${JSON.stringify(refused)}`);
  return rejected.length === 0;
}

/** Sends a batch until it is acknowledged, the same bytes each time. */
export function sendUntilAcknowledged(
  { url, writeKey }: IntegrationDeployment,
  events: readonly JsonObject[],
): Promise<true> {
  const text = JSON.stringify(events);
  return waitFor(
    'an acknowledgement',
    async () => {
      const answer = await sendBatch(url, { events: text, key: writeKey }).catch(() => undefined);
      return answer !== undefined && isAcknowledged(answer) ? true : undefined;
    },
    120_000,
  );
}

import { runCli } from '../../infra/cli/program.ts';
import { openBatch } from '../../shared/batch/sealed-batch.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../../shared/event/json.ts';
import { uuidV7Millis } from '../../shared/event/uuid.ts';
import { makeCollectingIo } from '../unit/cli/collecting-io.ts';
import { type IntegrationDeployment, pullDeadLetters, queryRows } from './integration-deployment.ts';
import type { Load } from './integration-load.ts';
import { makeEvent, sendBatch, trackPlayed, trackPlayedData, trackPlayedTable } from './local-events.ts';
import { waitFor } from './local-process.ts';

// What a test of an erasure under load asks of a deployment on the emulators.

/** An event's data with a pseudonym of its own for each client's person. */
export function namedData(client: number): JsonObject {
  return { ...trackPlayedData(), account: { user_name: `user-${client}`, plan: 'family' } };
}

/** Sends an event of each person that no schema accepts. */
export async function sendRefused({ url, writeKey }: IntegrationDeployment, people: readonly string[]): Promise<void> {
  const events = people.map((subject) => makeEvent({ source: `refused-${subject}`, subject, data: { track: 5 } }));
  await sendBatch(url, { events, key: writeKey });
}

/** Of `sendRefused`. */
export const refusedEvents = `SELECT record_key FROM operations.quarantine WHERE type = '${trackPlayed}' AND reason = 'schema'`;

export const erasedEvents = `SELECT sum(events)::INTEGER AS events FROM operations.losses WHERE reason = 'erased'`;

export interface LoadRow {
  readonly id: string;
  readonly client: number;
  readonly receivedMillis: number;
  /** All that the row has. */
  readonly pseudonyms: readonly string[];
}

/** The rows of what loads have sent, one an event. */
export async function rowsOfLoads(deployment: IntegrationDeployment, loads: readonly Load[]): Promise<LoadRow[]> {
  const sql = `SELECT event_id, subject, source, data.account.user_name AS name, epoch_ms(received_time)::DOUBLE AS received
    FROM events.${trackPlayedTable}`;
  return (await queryRows(deployment, sql)).flatMap(({ event_id, received, ...pseudonyms }): LoadRow[] => {
    const id = String(event_id);
    const client = clientOf(loads, id);
    if (client === undefined) return [];
    return [{ id, client, receivedMillis: Number(received), pseudonyms: Object.values(pseudonyms).map(String) }];
  });
}

export function clientOf(loads: readonly Load[], id: string): number | undefined {
  return loads.map((load) => load.clientOf.get(id)).find((client) => client !== undefined);
}

/** Waits until dedup's dead letters hold events of each of these installations, sealed from now on; answers the ids of all of theirs. */
export async function deadLettersOf(
  deployment: IntegrationDeployment,
  sources: readonly string[],
): Promise<ReadonlySet<string>> {
  const sinceMillis = Date.now();
  const ids = new Map<string, string>();
  return await waitFor(
    'dead letters of each installation',
    async () => {
      for (const message of await pullDeadLetters(deployment)) {
        const opened = openBatch(message);
        if (opened.kind === 'unreadable' || (uuidV7Millis(opened.batch.seal) ?? 0) < sinceMillis) continue;
        for (const { id, source } of opened.batch.index.entries) if (sources.includes(source)) ids.set(id, source);
      }
      const found = new Set(ids.values());
      return sources.every((source) => found.has(source)) ? new Set(ids.keys()) : undefined;
    },
    120_000,
  );
}

/** How much an export of a person holds. */
export async function exported({ url }: IntegrationDeployment, subject: string) {
  const io = makeCollectingIo();
  const names = ['--realm', 'customer', '--subject', subject, '--reason', 'a test'];
  if ((await runCli(['subject', 'export', ...names, '--url', url], io)) !== 0) throw new Error(io.errText());
  const last: JsonValue | undefined = parseJson(io.outText().trim().split('\n').at(-1) ?? '');
  const totals = isJsonObject(last) ? last['totals'] : undefined;
  if (!isJsonObject(totals)) throw new Error('the export has no totals');
  return { own: Number(totals['own']), mentioned: Number(totals['mentioned']) };
}

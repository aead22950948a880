import { Agent } from 'node:http';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import type { JsonObject } from '../../shared/event/json.ts';
import { startLocal } from '../helpers/local-deployment.ts';
import { makeEvent, trackPlayedData } from '../helpers/local-events.ts';
import { send } from '../helpers/local-http.ts';
import { residentBytes } from '../helpers/local-machine.ts';
import { readStatus, waitUntilIdle } from '../helpers/local-operator.ts';

// Memory of the whole deployment under load: npm run bench -- memory [--events 1000000]

const { values } = parseArgs({ options: { events: { type: 'string', default: '1000000' } } });
const eventsToSend = Number(values.events);
const batchEvents = 500;
const clients = 6;
/** One batch in so many is sent twice. */
const resendEvery = 20;
/** More people than the instance keeps keys for, so that its cache is full and busy. */
const people = 30_000;
const playlistsOfPerson = 5;
/** Clients wait while the pipeline is so far behind, so that a steady state is measured. */
const maxBehindEvents = 20_000;
const reportEveryEvents = 100_000;
const settledEvents = 200_000;
const pollMillis = 100;
const mebibyte = 1_048_576;

const deployment = await startLocal({ flags: ['--quiet', '--drain-seconds', '60'] });
const agent = new Agent({ keepAlive: true, maxSockets: clients });
const startMillis = Date.now();
let batchesSent = 0;
let refused = 0;
let processed = 0;
let accepted = 0;
let settledMebibytes: number | undefined;
let lastMebibytes = 0;

function makeBatch(batch: number): JsonObject[] {
  const sentMillis = Date.now();
  return Array.from({ length: batchEvents }, (_, at) => {
    const person = Math.floor(Math.random() * people);
    return makeEvent({
      source: `installation-${batch}`,
      subject: `customer-${person}`,
      time: new Date(sentMillis - at * 60_000).toISOString(),
      data: {
        ...trackPlayedData(),
        track: { track_id: `trk-${at}`, duration_ms: 200_000 + at },
        client: { os: 'Android', app_version: '9.1.0', device_id: `device-${batch}` },
        context: { kind: 'playlist', context_id: `playlist-${person}-${at % playlistsOfPerson}` },
      },
    });
  });
}

async function post(batch: number, text: string): Promise<void> {
  const gzip = batch % 2 === 0;
  const answer = await send({
    url: `${deployment.url}/v1/events`,
    agent,
    headers: {
      authorization: 'Bearer local-dev-key:android',
      'content-type': 'application/cloudevents-batch+json',
      ...(gzip ? { 'content-encoding': 'gzip' } : {}),
    },
    body: gzip ? gzipSync(text, { level: 1 }) : text,
  });
  if (answer.status === 200) accepted += batchEvents;
  else refused++;
}

async function runClient(): Promise<void> {
  while (batchesSent * batchEvents < eventsToSend) {
    if (accepted - processed > maxBehindEvents) {
      await new Promise((settle) => setTimeout(settle, pollMillis));
      continue;
    }
    const batch = batchesSent++;
    const text = JSON.stringify(makeBatch(batch));
    await post(batch, text);
    if (batch % resendEvery === 0) await post(batch, text);
  }
}

/**
 * Follows what has been processed (rows written, and resends removed) and prints a line every 100,000. RSS goes up and
 * down with each garbage collection and checkpoint, by a tenth and more; growth is told from the medians.
 */
async function follow(signal: AbortSignal): Promise<void> {
  let reported = 0;
  let reportedMillis = startMillis;
  let samples: number[] = [];
  while (!signal.aborted) {
    const { rows = 0, duplicates = 0, backlog = 0 } = await readStatus(deployment);
    processed = rows + duplicates;
    samples.push(residentBytes(deployment.processId) / mebibyte);
    if (processed - reported >= reportEveryEvents) {
      const nowMillis = Date.now();
      const ratePerSecond = Math.round(((processed - reported) * 1_000) / (nowMillis - reportedMillis));
      const now = Math.round(samples.at(-1) ?? 0);
      samples.sort((a, b) => a - b);
      lastMebibytes = Math.round(samples[Math.floor(samples.length / 2)] ?? 0);
      if (processed >= settledEvents) settledMebibytes ??= lastMebibytes;
      const rss = `RSS ${now} MiB (median ${lastMebibytes}, highest ${Math.round(samples.at(-1) ?? 0)})`;
      console.log(`${processed} events  ${rss}  ${ratePerSecond} events/s  backlog ${backlog} messages`);
      reported = processed - (processed % reportEveryEvents);
      reportedMillis = nowMillis;
      samples = [];
    }
    await new Promise((settle) => setTimeout(settle, pollMillis));
  }
}

const done = new AbortController();
const following = follow(done.signal);
await Promise.all(Array.from({ length: clients }, runClient));
const status = await waitUntilIdle(deployment, 600_000);
await new Promise((settle) => setTimeout(settle, 2 * pollMillis));
done.abort();
await following;
const seconds = (Date.now() - startMillis) / 1_000;
console.log(
  `${status['accepted']} accepted, ${status['duplicates']} resends removed, ${status['rows']} rows, ${refused} requests refused, ` +
    `${Math.round((status['accepted'] ?? 0) / seconds)} events/s`,
);
if (settledMebibytes !== undefined) {
  const growthPercent = (lastMebibytes / settledMebibytes - 1) * 100;
  console.log(`growth of the median from ${settledEvents} events on: ${growthPercent.toFixed(1)} %`);
}
agent.destroy();
await deployment.stop();

import { setTimeout as pause } from 'node:timers/promises';
import { createClient } from '../../shared/client/node/index.ts';
import { trackPlayed, trackPlayedData } from '../helpers/local-events.ts';

/**
 * Tracks the events of these numbers, prints how many it was told are kept, and sends until nothing is left. It is killed on
 * the way. Arguments: url, folder, first number, end.
 */
const [url = '', storage = '', first = '0', end = '0'] = process.argv.slice(2);
const client = createClient({ url, key: 'local-dev-key', storage, lingerMillis: 20 });
const windowEvents = 250;
const maxQueuedEvents = 20_000;

for (let from = Number(first); from < Number(end); from += windowEvents) {
  const count = Math.min(windowEvents, Number(end) - from);
  const tracked = await Promise.all(
    Array.from({ length: count }, (_, at) => client.track(trackPlayed, { ...trackPlayedData(), ms_played: from + at })),
  );
  const lost = tracked.find((one) => one.kind !== 'kept' || one.durability !== 'process-death');
  if (lost !== undefined) throw new Error(`not kept: ${JSON.stringify(lost)}`);
  process.stdout.write(`${from + count}\n`);
  if (from % maxQueuedEvents < windowEvents) {
    while ((await client.flush()).queued > maxQueuedEvents) await pause(100);
  }
}
while ((await client.flush()).queued > 0) await pause(100);
await client.close();

import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { type Durability, durabilities } from '../../shared/adapters/embedded/group-commit.ts';
import { startLocal } from '../helpers/local-deployment.ts';
import { makeEvent } from '../helpers/local-events.ts';
import { send } from '../helpers/local-http.ts';
import { waitUntilIdle } from '../helpers/local-operator.ts';

// What `--durability power-failure` costs: npm run bench -- durability [--rounds 5] [--seconds 4] [--clients 8]

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    clients: { type: 'string', default: '8' },
  },
});
const rounds = Number(values.rounds);
const runMillis = Number(values.seconds) * 1_000;
const clients = Number(values.clients);
const batchEvents = 50;
const drainMillis = 300_000;

interface Run {
  /** From the first request until the last row is in its table. */
  readonly eventsPerSecond: number;
  readonly medianMillis: number;
  readonly p99Millis: number;
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

async function run(durability: Durability, clientCount: number): Promise<Run> {
  await using deployment = await startLocal({ flags: ['--quiet', '--durability', durability] });
  const agent = new Agent({ keepAlive: true, maxSockets: clientCount });
  const millis: number[] = [];
  const startMillis = performance.now();
  async function runClient(): Promise<void> {
    while (performance.now() - startMillis < runMillis) {
      const body = JSON.stringify(Array.from({ length: batchEvents }, () => makeEvent()));
      const sentMillis = performance.now();
      const headers = {
        authorization: 'Bearer local-dev-key:android',
        'content-type': 'application/cloudevents-batch+json',
      };
      const { status } = await send({ url: `${deployment.url}/v1/events`, agent, headers, body });
      if (status !== 200) throw new Error(`ingest answered ${status}`);
      millis.push(performance.now() - sentMillis);
    }
  }
  await Promise.all(Array.from({ length: clientCount }, runClient));
  await waitUntilIdle(deployment, drainMillis);
  const seconds = (performance.now() - startMillis) / 1_000;
  agent.destroy();
  const events = millis.length * batchEvents;
  millis.sort((a, b) => a - b);
  return { eventsPerSecond: events / seconds, medianMillis: quantile(millis, 0.5), p99Millis: quantile(millis, 0.99) };
}

/** What the disk below the temporary folder takes for 16 KiB, in ms. */
function measureSync(): number {
  const path = join(tmpdir(), `edi-sync-${process.pid}`);
  const file = openSync(path, 'w', 0o600);
  const millis = Array.from({ length: 200 }, () => {
    writeSync(file, Buffer.alloc(16_384, 1));
    const startMillis = performance.now();
    fdatasyncSync(file);
    return performance.now() - startMillis;
  });
  closeSync(file);
  rmSync(path);
  return quantile(
    millis.sort((a, b) => a - b),
    0.5,
  );
}

function medianOf(runs: readonly Run[], field: keyof Run): number {
  return quantile(
    runs.map((one) => one[field]).sort((a, b) => a - b),
    0.5,
  );
}

console.log(`one sync of 16 KiB on this disk: ${measureSync().toFixed(2)} ms (median of 200)`);
for (const clientCount of [1, clients]) {
  const runs: Record<Durability, Run[]> = { 'power-failure': [], 'process-death': [] };
  // In turns, so that a busy moment of the machine hits both.
  for (let round = 0; round < rounds; round++) {
    for (const durability of durabilities) runs[durability].push(await run(durability, clientCount));
  }
  console.log(
    `\n${clientCount} client(s), batches of ${batchEvents}, medians of ${rounds} rounds of ${values.seconds} s`,
  );
  for (const durability of durabilities) {
    const of = (field: keyof Run) => medianOf(runs[durability], field);
    console.log(
      `  ${durability.padEnd(14)} ${of('eventsPerSecond').toFixed(0).padStart(6)} events/s to their tables, ` +
        `answer ${of('medianMillis').toFixed(1)} ms (p99 ${of('p99Millis').toFixed(1)} ms)`,
    );
  }
  const ratio = (field: keyof Run) =>
    (medianOf(runs['power-failure'], field) / medianOf(runs['process-death'], field)).toFixed(2);
  console.log(`  power-failure / process-death: events/s ${ratio('eventsPerSecond')}, answer ${ratio('medianMillis')}`);
}

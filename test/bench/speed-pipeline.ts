import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, readdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type LocalProcess, startLocal } from '../helpers/local-deployment.ts';
import { cpuMillis } from '../helpers/local-machine.ts';
import { readStatus, waitUntilIdle } from '../helpers/local-operator.ts';
import { makeScratchFolder } from '../helpers/local-process.ts';
import { makeFollower } from './speed-follow.ts';
import type { LoadMessage, LoadOrder, LoadResult } from './speed-load.ts';
import { topOf } from './speed-profile.ts';
import { type Spread, spreadOf, spreadText } from './turns.ts';

/*
 * The embedded deployment from HTTP to rows that can be asked for: npm run bench -- speed pipeline
 *   [--rounds 3] [--seconds 5] [--connections 4] [--batch 50] [--beside FOLDER] [--json FILE] [--profile FILE.cpuprofile]
 *
 * In each round a deployment of its own, with default durability, meets first all that it takes for so many seconds (events
 * a second are counted until the last row is written), then half of that at a constant rate, in which latency is measured.
 * What sends is a process of its own. With --beside another checkout of this project takes turns in the same rounds.
 */

const quietMillis = 500;
const steadyShare = 0.5;
const drainMillis = 120_000;
const mebibyte = 1_048_576;

interface Run {
  readonly checkout: string;
  readonly eventsPerSecond: number;
  /** Of the deployment, all its threads, for each event of the first part. */
  readonly cpuMicros: number;
  readonly steadyEventsPerSecond: number;
  readonly p50Millis: number;
  readonly p99Millis: number;
  /** The highest that was seen. */
  readonly residentMebibytes: number;
}

interface Settings {
  readonly load: ChildProcess;
  readonly seconds: number;
  readonly connections: number;
  readonly batch: number;
}

export async function runPipeline(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '5' },
      connections: { type: 'string', default: '4' },
      batch: { type: 'string', default: '50' },
      beside: { type: 'string' },
      json: { type: 'string' },
      profile: { type: 'string' },
    },
  });
  const load = fork(join(import.meta.dirname, 'speed-load.ts'), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const settings: Settings = {
    load,
    seconds: Number(values.seconds),
    connections: Number(values.connections),
    batch: Number(values.batch),
  };
  try {
    if (values.profile !== undefined) return await profile(settings, values.profile);
    const checkouts = ['this', ...(values.beside === undefined ? [] : [values.beside])];
    const runs: Run[] = [];
    for (let round = 0; round < Number(values.rounds); round++) {
      // Another one begins each round.
      for (const [at] of checkouts.entries()) {
        const checkout = checkouts[(at + round) % checkouts.length] ?? 'this';
        runs.push(await runOnce(settings, checkout));
      }
    }
    const machine = `${cpus()[0]?.model ?? ''} x ${cpus().length}, Node ${process.version}`;
    console.log(`${machine}; ${values.rounds} rounds, batches of ${values.batch}, ${values.connections} connections`);
    const results = checkouts.map((checkout) => tell(checkout, runs));
    if (values.json !== undefined) writeFileSync(values.json, JSON.stringify({ machine, runs, results }, undefined, 2));
  } finally {
    load.disconnect();
  }
}

function tell(checkout: string, runs: readonly Run[]) {
  const own = runs.filter((run) => run.checkout === checkout);
  const of = (field: Exclude<keyof Run, 'checkout'>): Spread => spreadOf(own.map((run) => run[field]));
  const result = {
    checkout,
    eventsPerSecond: of('eventsPerSecond'),
    cpuMicros: of('cpuMicros'),
    steadyEventsPerSecond: of('steadyEventsPerSecond'),
    p50Millis: of('p50Millis'),
    p99Millis: of('p99Millis'),
    residentMebibytes: of('residentMebibytes'),
  };
  console.log(
    [
      checkout,
      `  sustained   ${spreadText(result.eventsPerSecond, 0)} events/s, ${spreadText(result.cpuMicros, 1)} us of processor an event`,
      `  at ${spreadText(result.steadyEventsPerSecond, 0)} events/s: to the row p50 ${spreadText(result.p50Millis, 0)} ms, p99 ${spreadText(result.p99Millis, 0)} ms`,
      `  RSS, the highest   ${spreadText(result.residentMebibytes, 0)} MiB`,
    ].join('\n'),
  );
  return result;
}

async function runOnce(settings: Settings, checkout: string): Promise<Run> {
  await using deployment = await startLocal(checkout === 'this' ? {} : { folder: checkout });
  await using follower = makeFollower(deployment);
  // Validators are compiled, and what is hot is optimized, before anything is counted.
  await send(settings, deployment, { seconds: 1 });
  await waitUntilIdle(deployment, drainMillis);
  const before = (await readStatus(deployment))['rows'] ?? 0;
  const [cpuBefore, beganMillis] = [cpuMillis(deployment.processId), performance.now()];
  await send(settings, deployment, { seconds: settings.seconds });
  await waitUntilIdle(deployment, drainMillis);
  const seconds = (performance.now() - beganMillis) / 1_000;
  const events = ((await readStatus(deployment))['rows'] ?? 0) - before;
  const cpuMicros = ((cpuMillis(deployment.processId) - cpuBefore) * 1_000) / events;
  await sleep(quietMillis);
  const rate = (steadyShare * events) / seconds / settings.batch;
  const since = performance.now();
  const steady = await send(settings, deployment, { seconds: settings.seconds, rate });
  await waitUntilIdle(deployment, drainMillis);
  await sleep(quietMillis);
  const latency = follower.latencySince(since);
  return {
    checkout,
    eventsPerSecond: events / seconds,
    cpuMicros,
    steadyEventsPerSecond: (steady.requests * settings.batch) / steady.seconds,
    ...latency,
    residentMebibytes: follower.highestResidentBytes() / mebibyte,
  };
}

async function send(
  { load, connections, batch }: Settings,
  { url }: LocalProcess,
  { seconds, rate }: { readonly seconds: number; readonly rate?: number },
): Promise<LoadResult> {
  const writeKey = 'local-dev-key:ios';
  const order: LoadOrder = {
    url: `${url}/v1/events`,
    traffic: { kind: 'playback', coding: 'plain', events: batch, writeKey, installations: 1_000 },
    connections,
    seconds,
    ...(rate === undefined ? {} : { rate }),
  };
  load.send(order);
  for (;;) {
    const [message]: LoadMessage[] = await once(load, 'message');
    if (message === undefined) throw new Error('the load generator ended');
    if (message.kind !== 'result') continue;
    if (message.result.failures > 0) throw new Error(`${message.result.failures} requests were not accepted`);
    return message.result;
  }
}

/** Of the whole process, from its start to its end; Node writes it when the process ends by itself. */
async function profile(settings: Settings, file: string): Promise<void> {
  const scratch = makeScratchFolder();
  const env = { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${scratch.path}` };
  const deployment = await startLocal({ env });
  await send(settings, deployment, { seconds: settings.seconds });
  await waitUntilIdle(deployment, drainMillis);
  await deployment.stop();
  // One for each thread; 0 is the main one.
  const name = readdirSync(scratch.path).find((one) => one.includes(`.${deployment.processId}.0.`)) ?? '';
  copyFileSync(join(scratch.path, name), file);
  console.log(topOf(file));
  scratch.remove();
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type DrivenClient, type DriveOptions, type Introduction, startDriven, type Told } from './driver.ts';
import { judge, type Verdict } from './judge.ts';
import type { Scenario } from './scenarios.ts';
import { type MisbehavingServer, startServer } from './server.ts';

export interface RunOptions {
  /** A line for the shell that runs the client program. */
  readonly command: string;
  /** What the client is asked to wait for an answer at most; slow answers take half as long again. */
  readonly timeoutMillis: number;
  /** How long it may take until everything has arrived. */
  readonly patienceMillis: number;
  readonly env?: NodeJS.ProcessEnv;
}

export interface ScenarioResult extends Verdict {
  readonly scenario: string;
  readonly requests: number;
  readonly millis: number;
  /** Why the client ended by itself, or did not end when it was asked to. */
  readonly died?: string;
}

/** Short pauses, so that weeks of resends take seconds. */
const policy = {
  retry: { initialDelayMillis: 20, maxDelayMillis: 200, multiplier: 2, jitter: 1, giveUpAfterDays: 26 },
  limits: { maxRequestEvents: 1_000, maxBodyBytes: 1_048_576 },
};

const early = Array.from({ length: 12 }, (_, at) => `e-${at}`);
const later = Array.from({ length: 4 }, (_, at) => `e-${early.length + at}`);
/** How long the later events wait for the trouble to be over. */
const troubleMillis = 1_500;
/** For what a client sends although there is nothing left to say. */
const quietMillis = 300;
const closeMillis = 10_000;
/** As an application that goes on: some clients send again with the next events only. */
const flushEveryMillis = 3_000;
const pollMillis = 10;

/** Plays one scenario with a client of its own; undefined where it is none for clients of this kind. */
export async function runScenario(
  scenario: Scenario,
  introduction: Introduction,
  options: RunOptions,
): Promise<ScenarioResult | undefined> {
  const { answers, key } = introduction;
  if (scenario.needsAccount === true && answers === 'any') return undefined;
  const startedMillis = performance.now();
  const storage = await mkdtemp(join(tmpdir(), 'edi-conformance-'));
  const behaviour = scenario.behave({ slowMillis: options.timeoutMillis * 1.5 });
  const server = await startServer({ ...behaviour, keyMembers: key, policy });
  const told = new Map<string, Told>();
  try {
    const played = await play(scenario, server, { ...options, url: server.url, storage, told });
    const { refused = [] } = scenario;
    const evidence = { answers, tracked: [...early, ...later], told, refused, requests: server.requests };
    const { died, killedMillis } = played;
    return {
      scenario: scenario.name,
      ...judge({ ...evidence, ...(killedMillis === undefined ? {} : { killedMillis }) }),
      requests: server.requests.length,
      millis: Math.round(performance.now() - startedMillis),
      ...(died === undefined ? {} : { died }),
    };
  } finally {
    await server.close();
    await rm(storage, { recursive: true, force: true });
  }
}

type PlayOptions = RunOptions & DriveOptions;

interface Played {
  readonly died?: string;
  readonly killedMillis?: number;
}

async function play(scenario: Scenario, server: MisbehavingServer, options: PlayOptions): Promise<Played> {
  const { told, patienceMillis } = options;
  const isStored = (event: string) => server.requests.some(({ stored }) => stored?.has(event) === true);
  const isSettled = (event: string) =>
    scenario.refused?.includes(event) === true
      ? client.introduction.answers === 'any' || told.get(event) === 'rejected'
      : isStored(event);
  if (scenario.kill === 'outage') await server.down();
  let client = await startDriven(options);
  try {
    await trackSome(client, early);
    const killedMillis = scenario.kill === undefined ? undefined : await killOne(client, server, scenario.kill);
    if (killedMillis !== undefined) client = await startDriven(options);
    await until(() => server.isWell() || client.hasDied(), troubleMillis);
    await client.track(later);
    client.flush();
    const wanted = [...early, ...later];
    let flushMillis = performance.now() + flushEveryMillis;
    await until(() => {
      if (performance.now() > flushMillis) {
        flushMillis += flushEveryMillis;
        client.flush();
      }
      return client.hasDied() || wanted.every(isSettled);
    }, patienceMillis);
    const hadDied = client.hasDied();
    await delay(quietMillis);
    const hasClosed = await client.close(Math.max(closeMillis, 3 * options.timeoutMillis));
    const died = hadDied ? 'it ended by itself' : hasClosed ? undefined : 'it did not end when it was asked to';
    return {
      ...(died === undefined ? {} : { died: `${died}: ${client.complaint().trim()}` }),
      ...(killedMillis === undefined ? {} : { killedMillis }),
    };
  } finally {
    await client.kill();
  }
}

async function trackSome(client: DrivenClient, events: readonly string[]): Promise<void> {
  await client.track(events.slice(0, 8));
  client.flush();
  await client.track(events.slice(8));
}

async function killOne(client: DrivenClient, server: MisbehavingServer, why: 'outage' | 'stored'): Promise<number> {
  // In an outage it shall have tried; else its request is there.
  if (why === 'outage') await delay(quietMillis);
  else await until(() => server.requests.length > 0, troubleMillis);
  await client.kill();
  const killedMillis = performance.now();
  if (why === 'outage') await server.up();
  return killedMillis;
}

async function until(isSo: () => boolean, millis: number): Promise<void> {
  const endMillis = performance.now() + millis;
  while (!isSo() && performance.now() < endMillis) await delay(pollMillis);
}

import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, type OutgoingHttpHeaders } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import { startEmulatorDeployment } from '../../infra/local/emulators/emulator-deployment.ts';
import { makeEvent } from '../helpers/local-events.ts';
import { send } from '../helpers/local-http.ts';
import { residentBytes, residentGrowthBytes } from '../helpers/local-machine.ts';
import { projectFolder } from '../helpers/local-process.ts';

// Attacks on ingest's bundle, a process of its own on Google's emulators, beside a healthy client:
// npm run bench -- attack [--seconds 15]. Exits with 1 where a bound does not hold.

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '15' } } });
const attackMillis = Number(values.seconds) * 1_000;
const mebibyte = 1_048_576;

/** What must hold beside any attack. */
const maxSlowdown = 10;
const maxAnswerMillis = 2_000;
const maxResidentMebibytes = 512;

const healthyAddress = '192.0.2.1';
const attackerAddress = '198.51.100.1';
const pauseMillis = 50;

interface Target {
  readonly url: string;
  readonly port: number;
  readonly processId: number;
  readonly keys: Readonly<Record<string, string>>;
}

interface Health {
  readonly medianMillis: number;
  readonly worstMillis: number;
  readonly statuses: ReadonlyMap<number, number>;
}

/** One event after the other, as one installation sends. */
async function beHealthy({ url, keys }: Target, until: () => boolean): Promise<Health> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const headers = {
    authorization: `Bearer ${keys['ios']}`,
    'content-type': 'application/json',
    'x-forwarded-for': healthyAddress,
  };
  const millis: number[] = [];
  const statuses = new Map<number, number>();
  while (!until()) {
    const startMillis = performance.now();
    const call = { url: `${url}/v1/events`, headers, agent, body: JSON.stringify(makeEvent()) };
    const { status } = await send(call).catch(() => ({ status: 0 }));
    millis.push(performance.now() - startMillis);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    await sleep(pauseMillis);
  }
  agent.destroy();
  millis.sort((one, other) => one - other);
  return { medianMillis: millis[Math.floor(millis.length / 2)] ?? 0, worstMillis: millis.at(-1) ?? 0, statuses };
}

type Attack = (target: Target, until: () => boolean) => Promise<void>;

/** So many connections at once that send a head and then what `feed` gives, each begun again when it is closed. */
function connections(count: number, head: string, feed: (socket: Socket) => void = () => {}): Attack {
  return async ({ port, keys }, until) => {
    const begun = new Set<Socket>();
    const begin = (at: number): void => {
      if (until()) return;
      const socket = connect(port, '127.0.0.1');
      begun.add(socket);
      socket.write(head.replace('KEY', keys['web'] ?? ''));
      feed(socket);
      socket.on('error', () => {}).on('data', () => {});
      socket.on('close', () => {
        begun.delete(socket);
        begin(at);
      });
    };
    for (let at = 0; at < count; at++) begin(at);
    while (!until()) await sleep(pauseMillis);
    for (const socket of begun) socket.destroy();
  };
}

/** So many clients that send one body after the other. */
function requests(count: number, makeBody: () => Buffer, headers: OutgoingHttpHeaders = {}): Attack {
  return async ({ url, keys }, until) => {
    const agent = new Agent({ keepAlive: true, maxSockets: count });
    const call = {
      url: `${url}/v1/events?key=${keys['web']}`,
      headers: { 'content-type': 'application/json', 'x-forwarded-for': attackerAddress, ...headers },
      agent,
    };
    const client = async () => {
      while (!until()) await send({ ...call, body: makeBody() }).catch(() => {});
    };
    await Promise.all(Array.from({ length: count }, client));
    agent.destroy();
  };
}

const head = `POST /v1/events?key=KEY HTTP/1.1\r\nhost: 127.0.0.1\r\nx-forwarded-for: ${attackerAddress}\r\ncontent-type: application/json\r\ncontent-length: ${mebibyte}\r\n\r\n`;

function trickle(socket: Socket): void {
  const timer = setInterval(() => socket.write(' '), 1_000);
  socket.on('close', () => clearInterval(timer));
}

/** Almost all of a body, and then nothing. */
function stall(socket: Socket): void {
  socket.write(Buffer.alloc(mebibyte - 1, ' '));
}

const manySubjects = () =>
  Buffer.from(
    JSON.stringify(Array.from({ length: 8 }, () => makeEvent({ source: randomUUID(), subject: randomUUID() }))),
  );
const numbers = gzipSync(`[${'1,'.repeat(999)}1]`);
const bomb = gzipSync(Buffer.alloc(mebibyte - 2, ' '));

const attacks: Readonly<Record<string, Attack>> = {
  '9: 1,000 numbers in a few bytes, 4 clients': requests(4, () => numbers, { 'content-encoding': 'gzip' }),
  '9: 1 MiB of blanks in a few bytes, 4 clients': requests(4, () => bomb, { 'content-encoding': 'gzip' }),
  '10: 128 silent connections': connections(128, head),
  '10: 1,000 silent connections': connections(1_000, head),
  '10: 128 connections of a byte a second': connections(128, head, trickle),
  '10: 128 bodies that stop before their end': connections(128, head, stall),
  '10: bodies of 8 MiB, 8 clients': requests(8, () => Buffer.alloc(8 * mebibyte, ' ')),
  '11: new sources and subjects, 4 clients': requests(4, manySubjects),
};

function holds(baseline: Health, health: Health, residentMebibytes: number): boolean {
  const onlyAccepted = [...health.statuses.keys()].every((status) => status === 200);
  const isFast = health.medianMillis <= maxSlowdown * baseline.medianMillis && health.worstMillis <= maxAnswerMillis;
  return onlyAccepted && isFast && residentMebibytes < maxResidentMebibytes;
}

/** The attack runs in a thread of its own, so that making it does not slow the healthy client. */
async function measure(target: Target, attack?: string): Promise<{ health: Health; residentMebibytes: number }> {
  const endMillis = performance.now() + attackMillis;
  const until = () => performance.now() >= endMillis;
  const before = residentBytes(target.processId);
  let health: Health | undefined;
  const growth = await residentGrowthBytes(target.processId, async () => {
    const attacker =
      attack === undefined ? undefined : new Worker(new URL(import.meta.url), { workerData: { name: attack, target } });
    health = await beHealthy(target, until);
    await attacker?.terminate();
  });
  if (health === undefined) throw new Error('the healthy client did not run');
  return { health, residentMebibytes: Math.round((before + growth) / mebibyte) };
}

function report(name: string, { medianMillis, worstMillis, statuses }: Health, rest: string): void {
  const answers = [...statuses].map(([status, count]) => `${count} x ${status}`).join(', ');
  const times = `median ${medianMillis.toFixed(1)} ms, worst ${worstMillis.toFixed(0)} ms`;
  console.log(`${name.padEnd(46)} ${times}, ${answers}${rest}`);
}

async function main(): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'edi-attack-'));
  process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));
  const schemaFolder = join(projectFolder, 'schemas');
  const deployment = await startEmulatorDeployment({ port: 0, dataFolder: scratch, schemaFolder, drainSeconds: 0 });
  try {
    const ingest = deployment.functions.find(({ name }) => name === 'ingest');
    const processId = ingest?.processId();
    if (ingest === undefined || processId === undefined) throw new Error('ingest does not run');
    const target = {
      url: ingest.url,
      port: Number(new URL(ingest.url).port),
      processId,
      keys: deployment.writeKeys ?? {},
    };
    await measure(target);
    const baseline = (await measure(target)).health;
    report('no attack', baseline, '');
    for (const name of Object.keys(attacks)) {
      const { health, residentMebibytes } = await measure(target, name);
      const held = holds(baseline, health, residentMebibytes);
      report(name, health, `, ${residentMebibytes} MiB at most: ${held ? 'holds' : 'DOES NOT HOLD'}`);
      if (!held) process.exitCode = 1;
      // What the attack has left behind is not the next one's.
      await sleep(pauseMillis);
    }
  } finally {
    await deployment.stop();
  }
}

if (isMainThread) await main();
else await attacks[workerData.name]?.(workerData.target, () => false);

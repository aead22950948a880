import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { LoadMessage, LoadOrder, LoadResult } from './speed-load.ts';
import { topOf } from './speed-profile.ts';
import type { Traffic } from './speed-requests.ts';
import type { ContenderName, ServerMessage, ServerQuestion } from './speed-server.ts';
import { type Spread, spreadOf } from './turns.ts';

/*
 * Ingest beside the floor of the platform: npm run bench -- speed ingest
 *   [--rounds 3] [--seconds 0.8] [--cells 50x128,500x128] [--json FILE] [--profile FILE.cpuprofile]
 *   [--peer URL --peer-body FILE [--peer-events 50]]
 *
 * Every contender is a process, and so is what sends. In each round a cell (traffic, batch, connections) meets all of them
 * one after the other, so that whatever else the machine does meets all of them; ratios are made within a round. A round in
 * which the floor does not reach 0.45 of node:http alone was disturbed, and does not count. What is told is the median of
 * the rounds, with the lowest and the highest.
 */

interface Cell extends Pick<Traffic, 'kind' | 'events' | 'coding'> {
  readonly connections: number;
  /** Requests at a constant rate: this share of what the floor did in the closed loop of the same traffic. */
  readonly rateShare?: number;
}

const playback = { kind: 'playback', coding: 'plain' } as const;
const openRateShare = 0.4;
/** From here on a request takes so long that a second holds too few answers. */
const manyEvents = 500;
const minFloorShare = 0.45;
const cells: readonly Cell[] = [
  ...[128, 32].flatMap((connections) => [50, 500, 10, 1].map((events) => ({ ...playback, events, connections }))),
  { ...playback, coding: 'gzip', events: 50, connections: 128 },
  { kind: 'github', coding: 'plain', events: 10, connections: 128 },
  { kind: 'github', coding: 'gzip', events: 10, connections: 128 },
  { ...playback, events: 50, connections: 128, rateShare: openRateShare },
  { ...playback, events: 1, connections: 128, rateShare: openRateShare },
];

/** Of every type that comes later: its validator is compiled with its first event. */
const warmUps: readonly Cell[] = [
  { kind: 'github', coding: 'plain', events: 10, connections: 8 },
  { ...playback, events: 50, connections: 32 },
];
const warmUpSeconds = 1.5;

interface Contender {
  readonly name: string;
  readonly url: string;
  readonly keys: Readonly<Record<string, string>>;
  readonly process?: ChildProcess;
  readonly bodyFile?: string;
}

interface Run extends LoadResult {
  readonly contender: string;
  readonly round: number;
  /** Of the serving process, for each request; NaN for a peer, which is not ours to ask. */
  readonly cpuMicros: number;
}

const contenderNames: readonly ContenderName[] = ['plain', 'floor', 'ingest'];
const program = (file: string) => join(import.meta.dirname, file);

export async function runIngest(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '0.8' },
      cells: { type: 'string' },
      json: { type: 'string' },
      profile: { type: 'string' },
      peer: { type: 'string' },
      'peer-body': { type: 'string' },
      'peer-events': { type: 'string', default: '50' },
    },
  });
  const load = fork(program('speed-load.ts'), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const contenders: Contender[] = await Promise.all(contenderNames.map(startServer));
  const { peer, 'peer-body': bodyFile } = values;
  if (peer !== undefined && bodyFile !== undefined) contenders.push({ name: 'peer', url: peer, keys: {}, bodyFile });
  try {
    const machine = `${cpus()[0]?.model ?? ''} x ${cpus().length}, Node ${process.version}`;
    console.log(`${machine}; ${values.rounds} rounds of ${values.seconds} s\n${heading}`);
    const wanted = values.cells?.split(',');
    // V8 compiles what is hot while it runs.
    for (const contender of contenders.filter(({ bodyFile }) => bodyFile === undefined)) {
      for (const cell of warmUps) await runOnce(load, contender, { cell, rate: undefined, seconds: warmUpSeconds });
    }
    const told: object[] = [];
    const floorRates = new Map<string, number>();
    for (const cell of cells.filter((one) => wanted?.includes(`${one.events}x${one.connections}`) ?? true)) {
      const { rateShare } = cell;
      const rate = rateShare === undefined ? undefined : rateShare * (floorRates.get(trafficName(cell)) ?? 1_000);
      const isPeers = cell.events === Number(values['peer-events']);
      const runs = await measure(
        load,
        contenders.filter(({ name }) => name !== 'peer' || isPeers),
        {
          cell,
          rate,
          rounds: Number(values.rounds),
          seconds: Number(values.seconds) * (cell.events >= manyEvents ? 2.5 : 1),
        },
      );
      const lines = summarize(cell, runs);
      const floor = lines.find(({ contender }) => contender === 'floor');
      if (rateShare === undefined && floor !== undefined)
        floorRates.set(trafficName(cell), floor.requestsPerSecond.median);
      told.push({ cell: { ...cell, rate }, lines });
      for (const line of lines) console.log(lineText(cell, line));
    }
    if (values.json !== undefined) writeFileSync(values.json, JSON.stringify({ machine, results: told }, undefined, 2));
    if (values.profile !== undefined) await profile(load, contenders, { file: values.profile, cell: wanted });
  } finally {
    load.disconnect();
    for (const { process: server } of contenders) server?.disconnect();
  }
}

async function startServer(name: ContenderName): Promise<Contender> {
  const server = fork(program('speed-server.ts'), [name], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, GOOGLE_CLOUD_PROJECT: 'bench', NODE_ENV: 'production' },
  });
  // What ends instead would be waited for otherwise.
  server.once('exit', (code) => {
    if (code !== 0) process.exit(1);
  });
  const [message]: ServerMessage[] = await once(server, 'message');
  if (message?.kind !== 'ready') throw new Error(`${name} did not start`);
  return { name, url: message.url, keys: message.keys, process: server };
}

interface Measurement {
  readonly cell: Cell;
  readonly rate: number | undefined;
  readonly rounds: number;
  readonly seconds: number;
}

async function measure(load: ChildProcess, contenders: readonly Contender[], measurement: Measurement): Promise<Run[]> {
  const runs: Run[] = [];
  for (let round = 0; round < measurement.rounds; round++) {
    // Another one begins each round.
    const turn = contenders.map((_, at) => contenders[(at + round) % contenders.length]);
    for (const contender of turn) {
      if (contender !== undefined) runs.push({ ...(await runOnce(load, contender, measurement)), round });
    }
  }
  return runs;
}

async function runOnce(
  load: ChildProcess,
  contender: Contender,
  { cell, rate, seconds }: Omit<Measurement, 'rounds'>,
): Promise<Omit<Run, 'round'>> {
  const { kind, events, coding, connections } = cell;
  const { bodyFile, keys, url, name } = contender;
  const traffic: Traffic = {
    ...{ kind, events, coding, writeKey: keys[kind] ?? 'none' },
    ...(bodyFile === undefined ? {} : { bodyFile }),
  };
  const order: LoadOrder = { url, traffic, connections, seconds, ...(rate === undefined ? {} : { rate }) };
  load.send(order);
  await nextLoadMessage(load);
  const before = await usageOf(contender);
  const message = await nextLoadMessage(load);
  if (message.kind !== 'result') throw new Error('the load generator ended early');
  const used = (await usageOf(contender)) - before;
  return { ...message.result, contender: name, cpuMicros: used / message.result.requests };
}

async function nextLoadMessage(load: ChildProcess): Promise<LoadMessage> {
  const [message]: LoadMessage[] = await once(load, 'message');
  if (message === undefined) throw new Error('the load generator ended');
  return message;
}

async function usageOf({ process: server }: Contender): Promise<number> {
  if (server === undefined) return Number.NaN;
  const answer = await ask(server, 'usage');
  return answer.kind === 'usage' ? answer.cpuMicros : Number.NaN;
}

async function ask(server: ChildProcess, question: ServerQuestion): Promise<ServerMessage> {
  const answered = once(server, 'message');
  server.send(question);
  const [message]: ServerMessage[] = await answered;
  if (message === undefined) throw new Error('a server ended');
  return message;
}

interface Line {
  readonly contender: string;
  readonly requestsPerSecond: Spread;
  readonly eventsPerSecond: number;
  readonly p50Millis: number;
  readonly p99Millis: number;
  readonly cpuMicros: number;
  /** Requests a second, and processor time, as a ratio to the floor's of the same round. */
  readonly ofFloor: Spread;
  readonly cpuOfFloor: number;
  readonly failures: number;
  readonly countedRounds: number;
}

function summarize({ events, rateShare }: Cell, runs: readonly Run[]): Line[] {
  const ofRound = (name: string, round: number) => runs.find((run) => run.contender === name && run.round === round);
  const speed = (run: Run | undefined) => (run === undefined ? Number.NaN : run.requests / run.seconds);
  const counts = ({ round }: Run) =>
    rateShare !== undefined || speed(ofRound('floor', round)) >= minFloorShare * speed(ofRound('plain', round));
  // Where none counts, all are told, as of 0 rounds.
  const some = runs.filter(counts);
  const counted = some.length > 0 ? some : runs;
  return [...Map.groupBy(counted, ({ contender }) => contender)].map(([contender, of]) => {
    const requestsPerSecond = spreadOf(of.map(speed));
    return {
      contender,
      requestsPerSecond,
      eventsPerSecond: requestsPerSecond.median * events,
      p50Millis: spreadOf(of.map(({ p50Millis }) => p50Millis)).median,
      p99Millis: spreadOf(of.map(({ p99Millis }) => p99Millis)).median,
      cpuMicros: spreadOf(of.map(({ cpuMicros }) => cpuMicros)).median,
      ofFloor: spreadOf(of.map((run) => speed(run) / speed(ofRound('floor', run.round)))),
      cpuOfFloor: spreadOf(of.map(({ cpuMicros, round }) => (ofRound('floor', round)?.cpuMicros ?? 0) / cpuMicros))
        .median,
      failures: of.reduce((sum, { failures }) => sum + failures, 0),
      countedRounds: some.length > 0 ? of.length : 0,
    };
  });
}

const heading =
  'traffic                            contender  requests/s  events/s  p50 ms  p99 ms   µs cpu  of floor (least-most)  cpu of floor  rounds';

function trafficName({ kind, coding, events, connections }: Cell): string {
  return `${kind} ${coding} ${events} x ${connections}`;
}

function lineText(cell: Cell, line: Line): string {
  const { ofFloor, requestsPerSecond, failures } = line;
  const name = `${trafficName(cell)}${cell.rateShare === undefined ? '' : ' open'}`;
  return [
    name.padEnd(34),
    line.contender.padEnd(9),
    requestsPerSecond.median.toFixed(0).padStart(11),
    line.eventsPerSecond.toFixed(0).padStart(9),
    line.p50Millis.toFixed(1).padStart(7),
    line.p99Millis.toFixed(1).padStart(7),
    line.cpuMicros.toFixed(0).padStart(8),
    `${ofFloor.median.toFixed(2)} (${ofFloor.least.toFixed(2)}-${ofFloor.most.toFixed(2)})`.padStart(22),
    line.cpuOfFloor.toFixed(2).padStart(13),
    `${line.countedRounds}`.padStart(7),
    ...(failures > 0 ? [` ${failures} FAILED`] : []),
  ].join(' ');
}

/** Of ingest under one cell: the file, and on the screen where the time goes. */
async function profile(
  load: ChildProcess,
  contenders: readonly Contender[],
  { file, cell: wanted = ['50x128'] }: { readonly file: string; readonly cell: readonly string[] | undefined },
): Promise<void> {
  const ingest = contenders.find(({ name }) => name === 'ingest');
  const cell = cells.find((one) => `${one.events}x${one.connections}` === wanted[0]);
  if (ingest?.process === undefined || cell === undefined) return;
  await ask(ingest.process, 'profile');
  await runOnce(load, ingest, { cell, rate: undefined, seconds: profileSeconds });
  await ask(ingest.process, { endProfile: file });
  console.log(topOf(file));
}

const profileSeconds = 4;

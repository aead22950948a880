import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { buffer } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { closeServer, listenOnLoopback } from '../../infra/local/function-servers.ts';
import { openSegments } from '../../shared/client/node/segments.ts';
import { startLocal } from '../helpers/local-deployment.ts';
import { trackPlayed, trackPlayedTable } from '../helpers/local-events.ts';
import { query, readStatus } from '../helpers/local-operator.ts';
import { makeScratchFolder } from '../helpers/local-process.ts';

/**
 * Processes that track events are killed again and again, on a way that loses requests and answers and is gone for seconds,
 * and once for longer. Then the exact view has each event once, and the numbers of each installation have no gap.
 */
const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '1000000' },
    clients: { type: 'string', default: '4' },
    'kill-every': { type: 'string', default: '10000' },
    'outage-seconds': { type: 'string', default: '70' },
  },
});
const events = Number(values.events);
const clients = Number(values.clients);
const killEvery = Number(values['kill-every']);
const perClient = Math.ceil(events / clients);

const lostRequests = 0.02;
const lostAnswers = 0.05;
const shortOutage = { everyMillis: 20_000, lengthMillis: 3_000 };
/** Of the backlog, when all is acknowledged. */
const pollMillis = 10_000;
/** Of a query over all rows. */
const bounds = { memoryMebibytes: 8_192, seconds: 1_200 };

const told = { requests: 0, lostRequests: 0, lostAnswers: 0, refusedInOutages: 0, kills: 0 };
const startedMillis = performance.now();
const seconds = () => ((performance.now() - startedMillis) / 1_000).toFixed(0);
let longOutageUntilMillis = 0;

const scratch = makeScratchFolder();
const deployment = await startLocal({ startTimeoutMillis: 120_000 });
const way = createServer(async (request, response) => {
  told.requests++;
  const nowMillis = performance.now();
  const isOut = nowMillis < longOutageUntilMillis || nowMillis % shortOutage.everyMillis < shortOutage.lengthMillis;
  const chance = Math.random();
  if (isOut) told.refusedInOutages++;
  else if (chance < lostRequests) told.lostRequests++;
  if (isOut || chance < lostRequests) {
    request.destroy();
    return;
  }
  try {
    const body = request.method === 'POST' ? await buffer(request) : undefined;
    const names = ['authorization', 'content-type', 'content-encoding', 'x-edi-sent-at'];
    const headers = names.flatMap((name): [string, string][] => {
      const value = request.headers[name];
      return typeof value === 'string' ? [[name, value]] : [];
    });
    const options = { method: request.method ?? 'GET', headers, ...(body === undefined ? {} : { body }) };
    const answer = await fetch(deployment.url + request.url, options);
    const text = await answer.text();
    if (chance < lostRequests + lostAnswers) {
      told.lostAnswers++;
      response.destroy();
      return;
    }
    const retryAfter = answer.headers.get('retry-after');
    if (retryAfter !== null) response.setHeader('retry-after', retryAfter);
    response.setHeader('content-type', answer.headers.get('content-type') ?? '');
    response.writeHead(answer.status).end(text);
  } catch {
    // The client was killed while it sent.
    response.destroy();
  }
});
const wayUrl = `http://127.0.0.1:${await listenOnLoopback(way, 0)}`;

/** How many events a queue has numbered: what was kept, told or not. */
async function numbered(folder: string): Promise<number> {
  const { model, close } = await openSegments({ folder: join(folder, 'lane-0', 'queue'), durability: 'process-death' });
  await close();
  return model.sequences.get(trackPlayed) ?? 0;
}

async function runClient(number: number): Promise<void> {
  const folder = join(scratch.path, `client-${number}`);
  const program = join(import.meta.dirname, 'client-loss-child.ts');
  for (let from = 0; ; from = await numbered(folder)) {
    const killAt = from + killEvery * (0.5 + Math.random());
    const args = [program, wayUrl, folder, String(from), String(perClient)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = once(child, 'exit');
    for await (const line of createInterface({ input: child.stdout })) {
      if (Number(line) >= killAt && Number(line) < perClient && child.kill('SIGKILL')) break;
    }
    const [code, signal] = await exited;
    if (code === 0) return;
    if (signal !== 'SIGKILL') throw new Error(`client ${number} ended with ${code}`);
    told.kills++;
    // One outage that is longer than the others, in the middle.
    if (number === 0 && longOutageUntilMillis === 0 && from > perClient / 3) {
      longOutageUntilMillis = performance.now() + Number(values['outage-seconds']) * 1_000;
    }
  }
}

/** A connection that the deployment ends while it is idle is asked again; it may be busy for minutes. */
async function waitUntilThrough(): Promise<void> {
  for (let failures = 0; failures < 10; await pause(pollMillis)) {
    const backlog = await readStatus(deployment).then(
      (status) => status['backlog'],
      () => undefined,
    );
    if (backlog === 0) return;
    failures = backlog === undefined ? failures + 1 : 0;
    console.log(`backlog: ${backlog ?? 'no answer'}; after ${seconds()} s`);
  }
  throw new Error('the deployment does not answer any more');
}

try {
  await Promise.all(Array.from({ length: clients }, (_, number) => runClient(number)));
  console.log(`${perClient * clients} events tracked and acknowledged after ${seconds()} s; ${JSON.stringify(told)}`);
  await waitUntilThrough();
  const table = `events.${trackPlayedTable}`;
  const [counts] = await query(
    deployment,
    `SELECT count(*) AS rows_seen, count(DISTINCT event_id) AS ids FROM ${table}`,
    bounds,
  );
  const sources = await query(
    deployment,
    `SELECT source, count(*) AS n, min("sequence") AS low, max("sequence") AS high, count(DISTINCT "sequence") AS numbers,
     count(*) FILTER ("sequence" <> data.ms_played) AS moved FROM ${table} GROUP BY source`,
    bounds,
  );
  const [copies] = await query(deployment, `SELECT count(*) AS n FROM events_raw.${trackPlayedTable}`, bounds);
  console.log(`exact view: ${JSON.stringify(counts)}; rows in the base table: ${copies?.['n']}; after ${seconds()} s`);
  for (const { n, low, high, numbers, moved } of sources) {
    console.log(
      `an installation: ${n} rows, numbers ${low} to ${high}, ${numbers} different, ${moved} on another event`,
    );
  }
  const isExact =
    Number(counts?.['rows_seen']) === perClient * clients &&
    sources.length === clients &&
    sources.every(({ n, low, high, numbers, moved }) => {
      const all = [n, Number(high) + 1, numbers].every((value) => Number(value) === perClient);
      return all && Number(low) === 0 && Number(moved) === 0;
    });
  console.log(isExact ? 'exact: nothing lost, nothing twice, no gap' : 'NOT EXACT');
  if (!isExact) process.exitCode = 1;
} finally {
  await closeServer(way);
  await deployment.stop();
  scratch.remove();
}

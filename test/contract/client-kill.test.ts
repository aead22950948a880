import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { closeServer, listenOnLoopback } from '../../infra/local/function-servers.ts';
import type { Client } from '../../shared/client/core/client.ts';
import { createClient } from '../../shared/client/node/index.ts';
import { newFolder } from './contract-adapter.ts';

const program = new URL('./fixtures/track-until-killed.ts', import.meta.url).pathname;

interface Sent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly sequence: number;
}

let folder: string;
let server: Server;
let url: string;
let requests: Sent[][];
/** Requests that are stored and get no answer. */
let isMute: (request: number) => boolean;

beforeEach(async () => {
  folder = await newFolder();
  requests = [];
  isMute = () => false;
  server = createServer(async (request, response) => {
    if (request.method === 'GET') {
      response.writeHead(404).end();
      return;
    }
    const isGzip = request.headers['content-encoding'] === 'gzip';
    const events: Sent[] = JSON.parse(await text(isGzip ? request.pipe(createGunzip()) : request));
    requests.push(events);
    if (isMute(requests.length)) {
      response.destroy();
      return;
    }
    response.end(JSON.stringify({ accepted: events.length, duplicates: 0, rejected: [] }));
  });
  url = `http://127.0.0.1:${await listenOnLoopback(server, 0)}`;
});
afterEach(async () => {
  await closeServer(server);
  await rm(folder, { recursive: true });
});

/** Runs the program until it has been told of so many events, and kills it. Answers with their ids. */
async function trackUntilKilled(events: number): Promise<string[]> {
  const child = spawn(process.execPath, [program, url, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const ids: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    ids.push(line);
    if (ids.length === events) child.kill('SIGKILL');
  }
  expect((await exited)[1]).toBe('SIGKILL');
  return ids;
}

test('a process that is killed, again and again, loses nothing that it was told is kept, and no number', async () => {
  isMute = (request) => request % 4 === 0;
  const told = [...(await trackUntilKilled(70)), ...(await trackUntilKilled(300)), ...(await trackUntilKilled(7))];
  const client = createClient({ url, key: 'key', storage: folder });
  while ((await client.flush()).queued > 0);
  await client.close();
  const sent = new Map(requests.flat().map((event) => [event.id, event]));
  expect(told.filter((id) => !sent.has(id))).toEqual([]);
  expect(new Set([...sent.values()].map(({ source }) => source)).size).toBe(1);
  for (const type of ['shop.order-0.v1', 'shop.order-1.v1']) {
    const numbers = [...sent.values()].filter((event) => event.type === type).map(({ sequence }) => sequence);
    expect(numbers.sort((a, b) => a - b)).toEqual(numbers.map((_, at) => at));
  }
});

test('two processes on one folder send nothing twice, and the next takes what one of them left', async () => {
  const own = createClient({ url: 'http://127.0.0.1:9', key: 'key', storage: folder });
  const mine = await Promise.all([1, 2, 3].map((at) => own.track('shop.order.v1', { at })));
  const told = await trackUntilKilled(50);
  await own.close();
  const next = createClient({ url, key: 'key', storage: folder });
  while ((await next.flush()).queued > 0);
  await next.close();
  const ids = requests.flat().map(({ id }) => id);
  const expected = [...told, ...mine.flatMap((one) => (one.kind === 'kept' ? one.id : []))];
  expect(expected.filter((id) => !ids.includes(id))).toEqual([]);
  // What the killed one had sent without hearing of it comes again; mine, that nobody else may have sent, do not.
  expect(mine.map((one) => ids.filter((id) => one.kind === 'kept' && id === one.id).length)).toEqual([1, 1, 1]);
  const sources = new Set(requests.flat().map(({ source }) => source));
  expect(sources.size).toBe(2);
});

test('a process that goes on takes over what another leaves', async () => {
  const own = createClient({ url, key: 'key', storage: folder, takeOverMillis: 50, lingerMillis: 5 });
  await own.track('shop.order.v1', {});
  isMute = () => true;
  const told = await trackUntilKilled(20);
  isMute = () => false;
  await vi.waitFor(
    async () => {
      await own.flush();
      const sent = new Set(requests.flat().map(({ id }) => id));
      expect(told.filter((id) => !sent.has(id))).toEqual([]);
    },
    { timeout: 45_000, interval: 100 },
  );
  await own.close();
});

test('a lane that cannot be taken over now keeps nobody from the others, and is taken over later', async () => {
  const leave = { url: 'http://127.0.0.1:9', key: 'key', storage: folder };
  const ended: Client[] = [];
  for (const at of [0, 1, 2, 3]) {
    // One that opens looks for a moment into what another is just taking, which then takes the next.
    const client = createClient(leave);
    await client.track(`shop.lane-${at}.v1`, {});
    ended.push(client);
  }
  for (const client of ended) await client.close();
  // Nobody can open this queue.
  const [queue, aside] = [join(folder, 'lane-2', 'queue'), join(folder, 'aside')];
  await rename(queue, aside);
  await writeFile(queue, '');
  const own = createClient({ url, key: 'key', storage: folder, takeOverMillis: 50, lingerMillis: 5 });
  const types = async () => {
    await own.flush();
    return [...new Set(requests.flat().map(({ type }) => type))].sort();
  };
  expect(await types()).toEqual(['shop.lane-0.v1', 'shop.lane-1.v1', 'shop.lane-3.v1']);
  await rm(queue);
  await rename(aside, queue);
  await vi.waitFor(async () => expect(await types()).toContain('shop.lane-2.v1'), { timeout: 45_000, interval: 100 });
  await own.close();
});

test('a time without end is a long one, and not none', async () => {
  const endless = Number.POSITIVE_INFINITY;
  const times = { takeOverMillis: endless, requestTimeoutMillis: endless, closeTimeoutMillis: endless };
  const client = createClient({ url, key: 'key', storage: folder, lingerMillis: endless, ...times });
  await client.track('shop.order.v1', {});
  await client.close();
  expect(requests.flat().map(({ type }) => type)).toEqual(['shop.order.v1']);
});

test('the queue is for its owner only', async () => {
  const client = createClient({ url: 'http://127.0.0.1:9', key: 'key', storage: join(folder, 'queue') });
  await client.track('shop.order.v1', {});
  const paths = ['queue', 'queue/lane-0', 'queue/lane-0/queue', 'queue/lane-0/queue/00000001.seg'];
  const modes = await Promise.all(paths.map(async (path) => (await stat(join(folder, path))).mode));
  expect(modes.map((mode) => (mode & 0o777).toString(8))).toEqual(['700', '700', '700', '600']);
  await client.close();
});

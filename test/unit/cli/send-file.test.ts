import { appendFileSync, existsSync, globSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { runCli } from '../../../infra/cli/program.ts';
import { closeServer, listenOnLoopback } from '../../../infra/local/function-servers.ts';
import { makeScratchFolder } from '../../helpers/local-process.ts';
import { makeCollectingIo } from './collecting-io.ts';

let scratch: ReturnType<typeof makeScratchFolder>;
let server: Server;
let url: string;
let received: Record<string, unknown>[];
let texts: string[];
let isUp: boolean;
let keyStatus: number;
let interruption: AbortController;

beforeEach(async () => {
  scratch = makeScratchFolder();
  [received, texts, isUp, keyStatus] = [[], [], true, 200];
  server = createServer(async (request, response) => {
    const isGzip = request.headers['content-encoding'] === 'gzip';
    const body = await text(isGzip ? request.pipe(createGunzip()) : request);
    if (!isUp || request.method === 'GET') {
      // Whoever finds the receiver gone is interrupted while he waits.
      if (request.method === 'POST') setImmediate(() => interruption.abort());
      response.writeHead(503).end();
      return;
    }
    if (keyStatus !== 200) {
      response.writeHead(keyStatus).end();
      return;
    }
    const events: Record<string, unknown>[] = JSON.parse(body);
    const isBad = (event: Record<string, unknown>) => event['type'] === 'shop.bad.v1';
    texts.push(body);
    received.push(...events);
    const rejected = events.flatMap((event, index) =>
      isBad(event) ? [{ index, id: event['id'], transient: false, reason: 'unknown-type', errors: [] }] : [],
    );
    response.end(JSON.stringify({ accepted: events.length - rejected.length, duplicates: 0, rejected }));
  });
  url = `http://127.0.0.1:${await listenOnLoopback(server, 0)}`;
});
afterEach(async () => {
  vi.useRealTimers();
  await closeServer(server);
  scratch.remove();
});

async function send(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  interruption = new AbortController();
  const io = { ...makeCollectingIo(), interrupted: () => interruption.signal };
  const state = join(scratch.path, 'state');
  const code = await runCli(['send', ...args, '--url', url, '--key', 'key', '--state', state], io);
  return { code, out: io.outText(), err: io.errText() };
}

function file(...lines: readonly string[]): string {
  const path = join(scratch.path, 'events.jsonl');
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

const event = (id: number, type = 'shop.order.v1') =>
  `{"specversion":"1.0","id":"${id}","source":"file","type":"${type}","time":"2026-01-01T00:00:00Z","data":{"big":9007199254740993}}`;

describe('edi send', () => {
  test('sends events as their lines are, to the byte, and cleans up', async () => {
    const { code, out } = await send(file(event(1), '', event(2)));
    expect([code, out]).toEqual([0, '3 lines: 2 sent now, 0 rejected, 0 unreadable, 0 left\n']);
    expect(texts).toEqual([`[${event(1)},${event(2)}]`]);
    expect(existsSync(join(scratch.path, 'state'))).toBe(true);
    expect((await send(file(event(1)))).code).toBe(0);
  });

  test('makes events of data that are the same whenever the line is read again', async () => {
    const path = file('{"amount":1}', '{"amount":2}');
    isUp = false;
    const first = await send(path, '--type', 'shop.order.v1');
    expect(first.code).toBe(130);
    expect(first.err).toContain('run the same command again');
    expect(received).toEqual([]);
    isUp = true;
    expect(await send(path, '--type', 'shop.order.v1')).toMatchObject({
      code: 0,
      out: expect.stringContaining('2 sent'),
    });
    expect(received.map(({ data, sequence }) => [data, sequence])).toEqual([
      [{ amount: 1 }, 0],
      [{ amount: 2 }, 1],
    ]);
    expect(new Set(received.map(({ id }) => id)).size).toBe(2);
    expect(received[0]?.['source']).toBe(received[1]?.['source']);
  });

  test('says which lines are no events and which were refused, and sends the others', async () => {
    const { code, out, err } = await send(file('no json', '{"id":"1"}', '[]', event(3, 'shop.bad.v1'), event(4)));
    expect([code, out]).toEqual([1, '5 lines: 1 sent now, 1 rejected, 3 unreadable, 0 left\n']);
    for (const problem of [
      'events.jsonl:1: it is no JSON',
      'events.jsonl:2: ',
      'events.jsonl:3: ',
      'event 3: unknown-type',
    ]) {
      expect(err).toContain(problem);
    }
  });

  test('a line ends at a line feed alone: U+2028 stands in strings as it is, and CRLF is one end', async () => {
    const odd = event(1).replace('"file"', '"a\u2028b\u2029c\u0085d"');
    expect(await send(file(odd, `${event(2)}\r`, '\r', event(3)))).toMatchObject({
      code: 0,
      out: '4 lines: 3 sent now, 0 rejected, 0 unreadable, 0 left\n',
    });
    expect(texts).toEqual([`[${odd},${event(2)},${event(3)}]`]);
  });

  test('a byte order mark is none of the first event, and what is no UTF-8 is not sent as another text', async () => {
    const path = file(`\ufeff${event(1)}`, event(2));
    appendFileSync(path, Buffer.from(event(3).replace('file', 'f\u00fcr'), 'latin1'));
    const { code, out, err } = await send(path);
    expect([code, out]).toEqual([1, '3 lines: 2 sent now, 0 rejected, 1 unreadable, 0 left\n']);
    expect(err).toContain('events.jsonl:3: it is no UTF-8');
    expect(texts).toEqual([`[${event(1)},${event(2)}]`]);
  });

  test('goes on after the lines of before, in a file of more than are noted at once', async () => {
    const path = file(...Array.from({ length: 2_500 }, (_, at) => event(at)));
    isUp = false;
    expect((await send(path)).code).toBe(130);
    isUp = true;
    expect((await send(path)).out).toContain('2500 lines: ');
    expect(new Set(received.map(({ id }) => id)).size).toBe(2_500);
  });

  test('a line that no request can hold is told, and the others are sent', async () => {
    const long = event(2).replace('"file"', `"${'x'.repeat(1_048_576)}"`);
    const { code, out, err } = await send(file(event(1), long, event(3)));
    expect([code, out]).toEqual([1, '3 lines: 2 sent now, 0 rejected, 1 unreadable, 0 left\n']);
    expect(err).toContain('events.jsonl:2: it is larger than a request may be');
    expect(received.map(({ id }) => id)).toEqual(['1', '3']);
  });

  test('what waited for too long between two runs is told', async () => {
    const path = file(event(1), event(2));
    isUp = false;
    expect((await send(path)).code).toBe(130);
    isUp = true;
    vi.setSystemTime(Date.now() + 27 * 86_400_000);
    const { code, out, err } = await send(path);
    expect([code, out]).toEqual([
      1,
      expect.stringContaining('0 sent now, 0 rejected, 0 unreadable, 2 given up, 0 left'),
    ]);
    expect(err).toContain('of shop.order.v1: given up, age');
  });

  test('begins nothing anew where it cannot be read how far it came', async () => {
    const path = file('{"amount":1}');
    isUp = false;
    expect((await send(path, '--type', 'shop.order.v1')).code).toBe(130);
    isUp = true;
    const [progress = ''] = globSync('state/*/progress.json', { cwd: scratch.path });
    for (const damaged of ['', '{"bytes":1', '[]', '{"source":"urn:uuid:1"}']) {
      writeFileSync(join(scratch.path, progress), damaged);
      const { code, err } = await send(path, '--type', 'shop.order.v1');
      expect([code, err]).toEqual([1, expect.stringMatching(/progress\.json is damaged: .*; delete /)]);
    }
    expect(received).toEqual([]);
  });

  test('ends where the key may not send, and where the file is another than before', async () => {
    keyStatus = 401;
    const path = file(event(1));
    const refused = await send(path);
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('answered 401: this key may not send')]);
    appendFileSync(path, `${event(2)}\n`);
    keyStatus = 200;
    expect((await send(path)).err).toContain('has changed since its import began');
    expect((await send(join(scratch.path, 'none'))).err).toContain('cannot be read: ENOENT');
    expect((await send(scratch.path)).err).toBe(`edi: ${scratch.path} is no file; write what a pipe gives into one\n`);
  });
});

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listenOnLoopback } from '../../../infra/local/function-servers.ts';
import { type BodyWatch, readBody } from '../../../shared/http/body.ts';

const maxBodyBytes = 1_000;
let server: Server;
let client: Socket;

beforeEach(async () => {
  server = createServer();
  client = connect(await listenOnLoopback(server, 0), '127.0.0.1');
});

afterEach(() => {
  client.destroy();
  server.close();
});

/** Sends one request, and answers the server's side of it. */
async function requestOf(text: string): Promise<IncomingMessage> {
  client.write(text);
  const [request]: IncomingMessage[] = await once(server, 'request');
  if (request === undefined) throw new Error('no request came');
  return request;
}

function makeWatch(isRoom = true) {
  const seen: (string | number)[] = [];
  const watch: BodyWatch = {
    opened: () => seen.push('opened'),
    received(bytes) {
      seen.push(bytes);
      return isRoom;
    },
    closed: () => seen.push('closed'),
  };
  return { seen, watch };
}

const head = (length: number) => `POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ${length}\r\n\r\n`;

test('a body that came with its head opens nothing', async () => {
  const { seen, watch } = makeWatch();
  const request = await requestOf(`${head(5)}hello`);
  expect(await readBody(request, maxBodyBytes, watch)).toEqual({ kind: 'body', bytes: Buffer.from('hello') });
  expect(seen).toEqual([5]);
  await once(request, 'end');
});

test('nor does an empty one', async () => {
  const { seen, watch } = makeWatch();
  const request = await requestOf(head(0));
  expect(await readBody(request, maxBodyBytes, watch)).toEqual({ kind: 'body', bytes: Buffer.alloc(0) });
  expect(seen).toEqual([]);
});

test('one in pieces is open until its end', async () => {
  const { seen, watch } = makeWatch();
  const request = await requestOf(`${head(10)}hello`);
  const body = readBody(request, maxBodyBytes, watch);
  await once(request, 'data');
  client.write('world');
  expect(await body).toEqual({ kind: 'body', bytes: Buffer.from('helloworld') });
  expect(seen).toEqual(['opened', 5, 5, 'closed']);
});

test.each([
  ['announced', head(1_001)],
  ['in chunks', 'POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n3e9\r\n'],
])('a body of more than is taken, %s', async (_, start) => {
  const request = await requestOf(`${start}${'x'.repeat(1_001)}\r\n0\r\n\r\n`);
  expect(await readBody(request, maxBodyBytes)).toEqual({ kind: 'too-large' });
});

test('a body for which there is no room', async () => {
  const { watch } = makeWatch(false);
  const request = await requestOf(`${head(5)}hello`);
  expect(await readBody(request, maxBodyBytes, watch)).toEqual({ kind: 'busy' });
});

test('a client that has gone before its body is asked for', async () => {
  const request = await requestOf(`${head(5)}hello`);
  client.destroy();
  await new Promise((resolve) => request.once('close', resolve));
  expect(await readBody(request, maxBodyBytes)).toEqual({ kind: 'aborted' });
});

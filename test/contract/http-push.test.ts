import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { createHttpPush, type HttpPush } from '../../shared/adapters/embedded/http-push.ts';

let server: Server | undefined;
let http: HttpPush | undefined;
afterEach(() => {
  http?.close();
  server?.closeAllConnections();
  server?.close();
});

async function serve(listener: RequestListener): Promise<{ readonly url: string; readonly push: HttpPush['push'] }> {
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the test server has no port');
  http = createHttpPush({ maxConnections: 4 });
  return { url: `http://127.0.0.1:${address.port}/dedup`, push: http.push };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

test('posts the body as JSON and resolves with the status, whatever it is', async () => {
  const seen: unknown[] = [];
  const { url, push } = await serve(async (request, response) => {
    seen.push([request.method, request.url, request.headers['content-type'], await bodyOf(request)]);
    response.writeHead(seen.length === 1 ? 204 : 503).end('a body that nobody reads');
  });
  expect(await push(url, '{"ü":1}', 5_000)).toBe(204);
  expect(await push(url, '{}', 5_000)).toBe(503);
  expect(seen).toEqual([
    ['POST', '/dedup', 'application/json', '{"ü":1}'],
    ['POST', '/dedup', 'application/json', '{}'],
  ]);
});

test('uses a connection again', async () => {
  const ports = new Set<number | undefined>();
  const { url, push } = await serve((request, response) => {
    ports.add(request.socket.remotePort);
    request.resume().once('end', () => response.end());
  });
  for (let count = 0; count < 5; count += 1) await push(url, '{}', 5_000);
  expect(ports.size).toBe(1);
});

test('rejects and gives the request up when there is no answer in time', async () => {
  let closed: Promise<unknown> = Promise.resolve();
  const { url, push } = await serve((request) => {
    closed = once(request.socket, 'close');
  });
  await expect(push(url, '{}', 20)).rejects.toThrow('no answer from the push endpoint within 20 ms');
  await closed;
});

test('rejects when the connection breaks before the answer, and when nobody listens', async () => {
  const { url, push } = await serve((request) => request.socket.destroy());
  await expect(push(url, '{}', 5_000)).rejects.toThrow();
  server?.closeAllConnections();
  server?.close();
  await expect(push(url, '{}', 5_000)).rejects.toThrow();
});

test('rejects when the answer breaks off', async () => {
  const { url, push } = await serve((request, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('half', () => request.socket.destroy());
  });
  await expect(push(url, '{}', 5_000)).rejects.toThrow();
});

test('sends again when a kept connection turns out to be closed', async () => {
  let requests = 0;
  const { url, push } = await serve((request, response) => {
    requests += 1;
    // The second request finds its connection closed by the server, as when a keep-alive timeout meets a new request.
    if (requests === 2) request.socket.resetAndDestroy();
    else request.resume().once('end', () => response.end());
  });
  expect(await push(url, '{}', 5_000)).toBe(200);
  expect(await push(url, '{}', 5_000)).toBe(200);
  expect(requests).toBe(3);
});

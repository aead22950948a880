import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import { type IngestWorld, orderEvent, type RequestBody, startIngest } from '../../helpers/ingest-world.ts';
import { schemaDocument } from '../../helpers/schemas.ts';

const schemas = [schemaDocument({ open: true })];
const secret = 'alice@example.com';

let world: IngestWorld;
let keysDown = false;
beforeEach(async () => {
  keysDown = false;
  const writeKeysGate = () => {
    if (keysDown) throw new Unavailable('write-keys', 'down as told');
  };
  world = await startIngest({ schemas, config: { maxBodyBytes: 10_000, maxRequestEvents: 5 }, writeKeysGate });
});
afterEach(() => world.close());

/** RFC 9457, with nothing of the request in it, and nothing stored. */
async function expectProblem(response: Response, status: number, title?: string): Promise<void> {
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const text = await response.text();
  expect(JSON.parse(text)).toEqual({
    type: 'about:blank',
    status,
    title: title ?? expect.any(String),
    detail: expect.any(String),
  });
  expect(text).not.toContain('alice');
  expect(JSON.stringify([world.observer.entries, [...response.headers]])).not.toContain('alice');
  expect(world.publisher.published).toEqual([]);
}

const bytes = (...parts: (string | number[])[]) =>
  new Uint8Array(Buffer.concat(parts.map((part) => Buffer.from(part as string))));

describe('400', () => {
  const batch = { 'content-type': 'application/cloudevents-batch+json' };
  const single = { 'content-type': 'application/cloudevents+json' };
  const gzip = { 'content-encoding': 'gzip' };
  const zipped = new Uint8Array(gzipSync(JSON.stringify([orderEvent()])));
  test.each<[string, RequestBody, Record<string, string>, string]>([
    ['no body', '', {}, 'Empty body'],
    ['no JSON', `[${secret}`, {}, 'Not JSON'],
    ['NaN', '[NaN]', {}, 'Not JSON'],
    ['no UTF-8', bytes('["', [0xff], '"]'), {}, 'Not UTF-8'],
    ['UTF-16', bytes([0xff, 0xfe, 0x5b, 0, 0x5d, 0]), {}, 'Not UTF-8'],
    ['a scalar', '5', {}, 'Neither event nor batch'],
    ['null', 'null', {}, 'Neither event nor batch'],
    ['an event as a batch', orderEventText(), batch, 'Not a batch'],
    ['a batch as an event', `[${orderEventText()}]`, single, 'Not an event'],
    ['an empty batch', '[]', {}, 'Empty batch'],
    ['no gzip', orderEventText(), gzip, 'Not gzip'],
    ['half a gzip stream', zipped.slice(0, 40), gzip, 'Not gzip'],
    ['gzip without its header', zipped, {}, 'Compressed without saying so'],
    ['gzip twice', new Uint8Array(gzipSync(zipped)), gzip, 'Compressed without saying so'],
  ])('%s', async (_what, body, headers, title) => {
    await expectProblem(await world.post(body, headers), 400, title);
    expect(world.observer.counts.get('refused-requests.400')).toBe(1);
  });
});

function orderEventText(): string {
  return JSON.stringify(orderEvent({ subject: secret }));
}

describe('401 and 403', () => {
  test.each(['Bearer nobody', 'Basic a2V5LXdlYg==', 'Bearer', 'Bearer key-web key-web', `Bearer ${'x'.repeat(257)}`])(
    '401 for %s',
    async (authorization) => {
      const response = await world.post([orderEvent()], { authorization });
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
      await expectProblem(response, 401);
    },
  );

  test('401 without a key, and with an empty or unknown one in the URL', async () => {
    for (const query of ['', '?key=', `?key=${secret}`]) {
      const response = await fetch(`${world.url}/v1/events${query}`, { method: 'POST', body: orderEventText() });
      await expectProblem(response, 401);
    }
  });

  test('a header counts before the URL', async () => {
    const headers = { authorization: 'Bearer nobody' };
    await expectProblem(
      await fetch(`${world.url}/v1/events?key=key-web`, { method: 'POST', headers, body: '[]' }),
      401,
    );
  });

  test('403 for the key of an SDK without a binding', async () => {
    await expectProblem(await world.post([orderEvent()], { authorization: 'Bearer key-unbound' }), 403);
  });
});

test('404 for other paths', async () => {
  for (const path of ['/', '/v1', '/v1/events/', `/v1/events/${secret}`, '/v2/events', '//v1/events', '/%']) {
    const response = await fetch(`${world.url}${path}`, { method: 'POST', body: '{}' });
    expect(response.status).toBe(404);
    expect(await response.text()).not.toContain('alice');
  }
  await expectProblem(await fetch(`${world.url}/v2/${secret}`), 404);
});

test.each([
  ['GET', '/v1/events', 'POST, OPTIONS'],
  ['PUT', '/v1/events', 'POST, OPTIONS'],
  ['DELETE', '/v1/events', 'POST, OPTIONS'],
  ['POST', '/v1/policy', 'GET, HEAD, OPTIONS'],
  ['POST', '/health', 'GET, HEAD'],
  ['OPTIONS', '/health', 'GET, HEAD'],
])('405 for %s %s, with the methods that are allowed', async (method, path, allow) => {
  const response = await fetch(`${world.url}${path}`, { method });
  expect(response.headers.get('allow')).toBe(allow);
  await expectProblem(response, 405);
});

describe('413', () => {
  const large = JSON.stringify([orderEvent({ pad: 'x'.repeat(10_000) })]);

  test('by Content-Length', async () => {
    await expectProblem(await world.post(large), 413, 'Body too large');
  });

  test('after decompression', async () => {
    const zipped = new Uint8Array(gzipSync(large));
    expect(zipped.length).toBeLessThan(1_000);
    await expectProblem(await world.post(zipped, { 'content-encoding': 'gzip' }), 413, 'Body too large');
  });

  test('by the number of events, of which the limit itself is allowed', async () => {
    const events = Array.from({ length: 6 }, (_, at) => orderEvent({ id: `e-${at}` }));
    await expectProblem(await world.post(events), 413, 'Too many events');
    expect((await world.post(events.slice(0, 5))).status).toBe(200);
  });

  test('a body of exactly the limit is taken', async () => {
    const body = (padding: number) => JSON.stringify([orderEvent({ pad: 'x'.repeat(padding) })]);
    const exact = body(10_000 - body(0).length);
    expect(exact).toHaveLength(10_000);
    expect((await world.post(exact)).status).toBe(200);
    await expectProblem(await (await startFresh()).post(body(10_001 - body(0).length)), 413);
  });

  async function startFresh(): Promise<IngestWorld> {
    await world.close();
    world = await startIngest({ schemas, config: { maxBodyBytes: 10_000 } });
    return world;
  }

  /** Writes a request to the socket piece by piece, whatever comes back, and resolves with all that was answered. */
  function exchange(head: string, chunks: number, chunk: string, end = ''): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(world.port, '127.0.0.1');
      let answered = '';
      let left = chunks;
      const writeMore = (): void => {
        while (left > 0) {
          left--;
          if (!socket.write(chunk)) {
            socket.once('drain', writeMore);
            return;
          }
        }
        socket.end(end);
      };
      socket.setEncoding('latin1').on('data', (data: string) => {
        answered += data;
      });
      socket.on('error', reject).on('close', () => resolve(answered));
      socket.write(head);
      writeMore();
    });
  }

  const head =
    'POST /v1/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer key-web\r\ncontent-type: application/json\r\n';

  test('to a client that sends all of a chunked body before it reads', async () => {
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
    const answered = await exchange(`${head}transfer-encoding: chunked\r\n\r\n`, 100, chunk, '0\r\n\r\n');
    expect(answered).toMatch(/^HTTP\/1\.1 413 /);
    expect(answered).toContain('"status":413');
  });

  test('to a client that announces a large body and sends it before it reads', async () => {
    const length = 100 * 65_536;
    const answered = await exchange(`${head}content-length: ${length}\r\n\r\n`, 100, 'x'.repeat(65_536));
    expect(answered).toMatch(/^HTTP\/1\.1 413 /);
  });

  test('and the connection can be used again when the body was thrown away', async () => {
    const body = 'x'.repeat(20_000);
    const health = 'GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n';
    const answered = await exchange(`${head}content-length: ${body.length}\r\n\r\n`, 1, `${body}${health}`);
    expect(answered.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 413', 'HTTP/1.1 200']);
  });
});

test('nothing is stored of a body that breaks off', async () => {
  const text = JSON.stringify([orderEvent()]);
  await new Promise<void>((resolve) => {
    const socket = connect(world.port, '127.0.0.1');
    socket.on('close', () => resolve()).on('error', () => {});
    const head = `POST /v1/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer key-web\r\ncontent-type: application/json\r\n`;
    socket.write(`${head}content-length: ${text.length + 1}\r\n\r\n${text}`, () => socket.destroy());
  });
  expect((await world.post([orderEvent()])).status).toBe(200);
  expect(world.received()).toHaveLength(1);
});

test('a form in another encoding is no UTF-8, and nothing of it is stored as another text', async () => {
  const post = (data: string) =>
    fetch(`${world.url}/v1/events?key=key-web`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: Buffer.from(`x=%ff&data=${data}`, 'latin1'),
    });
  const named = encodeURIComponent(JSON.stringify(orderEvent({ subject: 'J?rgen' })));
  for (const other of ['%FC', '%fc', '\u00fc']) {
    await expectProblem(await post(named.replace('%3F', other)), 400, 'Not UTF-8');
  }
  expect(world.received()).toEqual([]);
  expect((await post(named.replace('%3F', '%C3%BC').replace('+', '%20'))).status).toBe(200);
  expect((await post(encodeURIComponent(JSON.stringify(orderEvent({ subject: 'a\ufffdb' }))))).status).toBe(200);
});

describe('415', () => {
  test.each([
    ['text/plain', 'Unsupported content type'],
    ['application/x-www-form-urlencoded', 'Unsupported content type'],
    ['application/cloudevents+avro', 'Unsupported content type'],
    ['application/jsonl', 'Unsupported content type'],
    ['', 'Unsupported content type'],
    ['application/json; charset=iso-8859-1', 'Unsupported charset'],
  ])('for the content type %j', async (type, title) => {
    const response = await world.post(`[${orderEventText()}]`, { 'content-type': type });
    if (title.endsWith('type')) expect(response.headers.get('accept')).toContain('application/cloudevents-batch+json');
    await expectProblem(response, 415, title);
  });

  test.each(['br', 'zstd', 'gzip, gzip', 'deflate'])('for the content encoding %s', async (encoding) => {
    const response = await world.post('x', { 'content-encoding': encoding });
    expect(response.headers.get('accept-encoding')).toBe('gzip');
    await expectProblem(response, 415, 'Unsupported content encoding');
  });
});

describe('503 with Retry-After', () => {
  test('when the keys cannot be asked', async () => {
    keysDown = true;
    const response = await world.post([orderEvent()]);
    expect(response.headers.get('retry-after')).toBe('5');
    await expectProblem(response, 503, 'Not stored');
    expect(world.observer.entries).toMatchObject([{ severity: 'WARNING', fields: { dependency: 'write-keys' } }]);
  });
});

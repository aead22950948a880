import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JsonValue } from '../../../shared/event/json.ts';
import { type IngestWorld, orderEvent, startIngest } from '../../helpers/ingest-world.ts';
import { schemaDocument } from '../../helpers/schemas.ts';

const schemas = [schemaDocument({ open: true })];

let world: IngestWorld;
beforeEach(async () => {
  world = await startIngest({ schemas, config: { maxBodyBytes: 10_000 } });
});
afterEach(() => world.close());

/** Writes the parts one after the other, whatever comes back; answers all of it once the server has closed. */
function exchange(...parts: (string | Buffer)[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(world.port, '127.0.0.1');
    let answered = '';
    socket.setEncoding('latin1').on('data', (data: string) => {
      answered += data;
    });
    socket.on('error', reject).on('close', () => resolve(answered));
    const [next, ...rest] = parts;
    const write = (part: string | Buffer | undefined, others: (string | Buffer)[]): void => {
      if (part !== undefined) socket.write(part, () => setImmediate(() => write(others[0], others.slice(1))));
    };
    write(next, rest);
  });
}

const post = 'POST /v1/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer key-web\r\n';
const json = 'content-type: application/json\r\n';
const bodyOf = (answered: string): JsonValue => JSON.parse(answered.split('\r\n\r\n')[1] ?? '');

describe('7: content codings', () => {
  const zipped = new Uint8Array(gzipSync(JSON.stringify([orderEvent()])));

  test.each(['gzip', 'x-gzip', 'GZIP', 'X-GZip', 'identity, gzip', 'gzip, identity', ' ,gzip, '])(
    '%j is gzip',
    async (coding) => {
      expect((await world.post(zipped, { 'content-encoding': coding })).status).toBe(200);
      expect(world.received()).toHaveLength(1);
    },
  );

  test.each(['identity', 'Identity', 'identity,identity', ''])('%j is none', async (coding) => {
    expect((await world.post([orderEvent()], { 'content-encoding': coding })).status).toBe(200);
  });

  test.each(['deflate', 'br', 'zstd', 'compress', 'gzip, br', 'gzip;q=1', 'x-gzip, gzip'])(
    '%j is answered 415 with what is taken',
    async (coding) => {
      const response = await world.post(zipped, { 'content-encoding': coding });
      expect([response.status, response.headers.get('accept-encoding')]).toEqual([415, 'gzip']);
    },
  );
});

describe('7: an answer without content has no length', () => {
  test.each(['/v1/events', '/v1/policy'])('OPTIONS %s', async (path) => {
    const head = `OPTIONS ${path} HTTP/1.1\r\nhost: x\r\norigin: https://shop.example.com\r\nconnection: close\r\n\r\n`;
    const answered = await exchange(head);
    expect(answered).toMatch(/^HTTP\/1\.1 204 /);
    expect(answered).not.toMatch(/content-length|transfer-encoding/i);
  });
});

describe('7: every path', () => {
  test.each([
    'OPTIONS *',
    'GET *',
    'GET /favicon.ico',
    'GET /FAVICON.ICO',
    'GET /robots.txt',
    'GET /robots.txt/x?y',
    'GET http://x/favicon.ico',
    'GET /%',
    'GET /%E0%A4%A',
    'GET /%00',
    'GET //favicon.ico',
    'GET //',
    'GET /..',
    'GET /v1/events/../../',
    'GET /\\',
    'GET /v1%2Fevents',
    'GET http://',
    'PROPFIND /',
    'TRACE /',
    'M-SEARCH *',
    'QUERY /',
    'OPTIONS /nowhere',
    `GET /${'x'.repeat(10_000)}`,
    `GET /?${'%'.repeat(5_000)}`,
    `GET /${'%25'.repeat(3_000)}`,
  ])('answers problem+json to %s', async (line) => {
    const answered = await exchange(`${line} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
    expect(answered).toMatch(/^HTTP\/1\.1 40[45] /);
    expect(answered).toMatch(/content-type: application\/problem\+json/i);
    expect(bodyOf(answered)).toMatchObject({ type: 'about:blank' });
  });

  test.each(['PUT', 'PATCH', 'TRACE', 'QUERY', 'PURGE'])('405 for %s of one that is there', async (method) => {
    const answered = await exchange(`${method} /v1/events HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
    expect(answered).toMatch(/^HTTP\/1\.1 405 /);
    expect(answered).toMatch(/allow: POST, OPTIONS/i);
  });
});

describe('7: a body that is too large is answered 413', () => {
  const piece = Buffer.alloc(65_536, ' ');
  const pieces = Array<Buffer>(100).fill(piece);
  const length = `content-length: ${pieces.length * piece.length}\r\n`;

  test.each([
    ['that closes after it', `${post}connection: close\r\n`],
    ['of HTTP/1.0', post.replace('1.1', '1.0')],
    ['without a key', `POST /v1/events HTTP/1.1\r\nhost: x\r\nconnection: close\r\n`],
    ['to a path that is not there', `POST /nowhere HTTP/1.1\r\nhost: x\r\nconnection: close\r\n`],
  ])('to a client %s and sends before it reads', async (what, head) => {
    const answered = await exchange(`${head}${json}${length}\r\n`, ...pieces);
    const status = { 'without a key': 401, 'to a path that is not there': 404 }[what] ?? 413;
    expect(answered).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(bodyOf(answered)).toMatchObject({ status });
  });

  test('by many clients at once, who all see it', async () => {
    const head = `${post}connection: close\r\n${json}${length}\r\n`;
    const answers = await Promise.all(Array.from({ length: 20 }, () => exchange(head, ...pieces)));
    expect(new Set(answers.map((answered) => answered.slice(0, 12)))).toEqual(new Set(['HTTP/1.1 413']));
  });

  test('also where it stops before its end: the connection is closed', async () => {
    await world.close();
    world = await startIngest({ schemas, config: { maxBodyBytes: 10_000, discardIdleMillis: 20 } });
    expect(await exchange(`${post}${json}${length}\r\n`, piece)).toMatch(/^HTTP\/1\.1 413 /);
  });
});

describe('10: over HTTP', () => {
  const fast = { bodyGraceMillis: 10, slowBodyMillis: 10 };

  test('a silent connection is answered 408 and closed; who sends is not', async () => {
    await world.close();
    world = await startIngest({ schemas, config: fast });
    const silent = Array.from({ length: 50 }, () => exchange(`${post}${json}content-length: 1000\r\n\r\n`));
    expect((await world.post([orderEvent()])).status).toBe(200);
    const answers = await Promise.all(silent);
    expect(new Set(answers.map((answered) => answered.slice(0, 12)))).toEqual(new Set(['HTTP/1.1 408']));
    expect(bodyOf(answers[0] ?? '')).toMatchObject({ status: 408, title: 'Body too slow' });
  });

  test('what a gzip inflates to is held, too', async () => {
    await world.close();
    world = await startIngest({ schemas, config: { maxClientBytes: 5_000 } });
    const zipped = new Uint8Array(gzipSync(JSON.stringify([orderEvent({ pad: ' '.repeat(10_000) })])));
    const response = await world.post(zipped, { 'content-encoding': 'gzip' });
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '5']);
  });

  test('a secret key has a bound of its own, a public one has none', async () => {
    await world.close();
    world = await startIngest({ schemas, config: { maxKeyRequests: 0, maxKeyBytes: 0 } });
    expect((await world.post([orderEvent()])).status).toBe(200);
    expect((await world.post([orderEvent()], { authorization: 'Bearer key-relay' })).status).toBe(429);
  });
});

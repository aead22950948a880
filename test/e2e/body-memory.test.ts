import { once } from 'node:events';
import type { OutgoingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { createGzip, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalProcess, startLocal } from '../helpers/local-deployment.ts';
import { makeEvent, sendBatch } from '../helpers/local-events.ts';
import { send, sendStubbornly } from '../helpers/local-http.ts';
import { hasProc, residentGrowthBytes } from '../helpers/local-machine.ts';

const mebibyte = 1_048_576;
const plainBytes = 400 * mebibyte;
const lineEnd = Buffer.from('\r\n');
const maxGrowthBytes = 64 * mebibyte;

let deployment: LocalProcess;
let bomb: Buffer;

/** So many bytes of blanks, which stand between JSON values as often as you like, in pieces. */
function* blanks(bytes: number): Generator<Buffer> {
  const piece = Buffer.alloc(mebibyte / 4, ' ');
  for (let sent = 0; sent < bytes; sent += piece.length) yield piece;
}

/** In HTTP's chunked coding (RFC 9112 section 7.1). */
function* chunked(pieces: Iterable<Buffer>): Generator<Buffer> {
  for (const piece of pieces) yield Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, lineEnd]);
  yield Buffer.from('0\r\n\r\n');
}

/** One gzip stream of less than 1 MiB that inflates to 1 GiB. */
async function makeBomb(): Promise<Buffer> {
  const gzip = createGzip({ level: 9, memLevel: 9 });
  const parts: Buffer[] = [];
  gzip.on('data', (part: Buffer) => parts.push(part));
  Readable.from(blanks(1_024 * mebibyte)).pipe(gzip);
  await once(gzip, 'end');
  return Buffer.concat(parts);
}

beforeAll(async () => {
  [deployment, bomb] = await Promise.all([startLocal(), makeBomb()]);
  // What the process allocates once, for its first requests, is not what is measured here.
  for (let round = 0; round < 20; round++) {
    await sendBatch(deployment.url, { events: Array.from({ length: 100 }, () => makeEvent()) });
  }
});
afterAll(async () => {
  await deployment.stop();
});

function post(body: Buffer, headers: OutgoingHttpHeaders) {
  return send({
    url: `${deployment.url}/v1/events`,
    headers: { authorization: 'Bearer local-dev-key', 'content-type': 'application/json', ...headers },
    body,
  });
}

describe.skipIf(!hasProc)('memory of the process (needs /proc)', () => {
  it.each<[string, string, Iterable<Buffer>]>([
    ['announced', `content-length: ${plainBytes}`, blanks(plainBytes)],
    ['in chunks', 'transfer-encoding: chunked', chunked(blanks(plainBytes))],
  ])('a plain body of 400 MB, %s, is refused and costs less than 64 MiB', async (_name, length, body) => {
    const head = ['authorization: Bearer local-dev-key', 'content-type: application/json', length];
    const growth = await residentGrowthBytes(deployment.processId, async () => {
      expect(await sendStubbornly(`${deployment.url}/v1/events`, head, body)).toContain(' 413 ');
    });
    expect(growth).toBeLessThan(maxGrowthBytes);
  });

  it('2 MB of gzip that inflate to 1 GiB are refused and cost less than 64 MiB', async () => {
    const larger = Buffer.concat([bomb, gzipSync(crypto.getRandomValues(Buffer.alloc(65_536)))]);
    const body = Buffer.concat([larger, Buffer.alloc(2 * mebibyte - larger.length)]);
    const growth = await residentGrowthBytes(deployment.processId, async () => {
      expect((await post(body, { 'content-encoding': 'gzip' })).status).toBe(413);
    });
    expect(growth).toBeLessThan(maxGrowthBytes);
  });

  it('1 MB of gzip that inflates to 1 GiB passes the limit of the wire, is refused and costs less than 64 MiB', async () => {
    expect(bomb.length).toBeLessThanOrEqual(mebibyte);
    const growth = await residentGrowthBytes(deployment.processId, async () => {
      const answers = await Promise.all(Array.from({ length: 8 }, () => post(bomb, { 'content-encoding': 'gzip' })));
      expect(answers.map((answer) => answer.status)).toEqual(Array(8).fill(413));
    });
    expect(growth).toBeLessThan(maxGrowthBytes);
  });

  it('answers as before', async () => {
    expect((await sendBatch(deployment.url, { events: [makeEvent()] })).status).toBe(200);
    expect((await send({ url: `${deployment.url}/health` })).status).toBe(200);
  });
});

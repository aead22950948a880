import { readFileSync } from 'node:fs';
import type { OutgoingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type LocalProcess, startLocal } from '../helpers/local-deployment.ts';
import { makeEvent, sendBatch, trackPlayedTable } from '../helpers/local-events.ts';
import { type HttpAnswer, type HttpCall, parseJson, send } from '../helpers/local-http.ts';
import { query, waitUntilIdle } from '../helpers/local-operator.ts';
import { marker } from './bad-events.ts';

const batchType = 'application/cloudevents-batch+json';
const oneMebibyte = 1_048_576;

let deployment: LocalProcess;
const answers: string[] = [];
const acceptedIds: string[] = [];

beforeAll(async () => {
  deployment = await startLocal();
});
afterAll(async () => {
  await deployment.stop();
});

async function call(path: string, parts: Omit<HttpCall, 'url'> = {}): Promise<HttpAnswer> {
  const headers = { authorization: 'Bearer local-dev-key', 'content-type': batchType, ...parts.headers };
  const answer = await send({ ...parts, url: `${deployment.url}${path}`, headers });
  answers.push(answer.text, JSON.stringify(answer.headers));
  return answer;
}

function post(body: string | Buffer | Readable, headers: OutgoingHttpHeaders = {}): Promise<HttpAnswer> {
  return call('/v1/events', { body, headers });
}

/** RFC 9457: a problem says its status again, and what to do. */
function expectProblem(answer: HttpAnswer, status: number): void {
  expect(answer.status, answer.text).toBe(status);
  expect(answer.headers['content-type']).toBe('application/problem+json');
  expect(parseJson(answer)).toEqual({
    type: 'about:blank',
    status,
    title: expect.any(String),
    detail: expect.stringMatching(/\.$/),
  });
}

/** What every refusal must leave intact. */
afterEach(async () => {
  const event = makeEvent();
  const answer = await sendBatch(deployment.url, { events: [event] });
  expect(parseJson(answer)).toEqual({ accepted: 1, duplicates: 0, rejected: [] });
  acceptedIds.push(event.id);
});

const batch = () => JSON.stringify([makeEvent()]);
const gzip = { 'content-encoding': 'gzip' };

describe('400: the body is no batch', () => {
  const gzipped = gzipSync(batch());
  it.each<[string, string | Buffer, OutgoingHttpHeaders]>([
    ['invalid JSON', `[{"id": "${marker}"`, {}],
    ['JSON and something after it', `${batch()} ${marker}`, {}],
    ['an empty body', '', {}],
    ['an empty batch', '[]', {}],
    ['a string', JSON.stringify(marker), { 'content-type': 'application/json' }],
    ['one event as a batch', JSON.stringify(makeEvent()), {}],
    ['a batch as one event', batch(), { 'content-type': 'application/cloudevents+json' }],
    ['truncated gzip', gzipped.subarray(0, gzipped.length - 20), gzip],
    ['gzip with a damaged checksum', Buffer.concat([gzipped.subarray(0, gzipped.length - 8), Buffer.alloc(8)]), gzip],
    ['plain JSON that says it is gzip', batch(), gzip],
    ['an empty body that says it is gzip', '', gzip],
    ['gzip that does not say so', gzipped, {}],
    ['gzip inside gzip', gzipSync(gzipped), gzip],
    ['UTF-16', Buffer.from(`\ufeff${batch()}`, 'utf16le'), {}],
    ['UTF-16 without a byte order mark', Buffer.from(batch(), 'utf16le'), {}],
    ['Latin-1', Buffer.from(JSON.stringify([makeEvent({ source: 'Küche' })]), 'latin1'), {}],
    ['a surrogate encoded as UTF-8', Buffer.from([0x5b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x5d]), {}],
    ['brackets 1,000,000 deep', '['.repeat(1_000_000), {}],
  ])('%s', async (_name, body, headers) => {
    expectProblem(await post(body, headers), 400);
  });
});

describe('413: too much', () => {
  const padding = ' '.repeat(oneMebibyte);

  it('a body over the limit, announced', async () => {
    expectProblem(await post(`${batch()}${padding}`), 413);
  });

  it('a body over the limit in chunks of unknown number', async () => {
    expectProblem(await post(Readable.from([Buffer.from(batch()), Buffer.from(padding)])), 413);
  });

  it('a body that is over the limit when inflated', async () => {
    expectProblem(await post(gzipSync(`${batch()}${padding}`), gzip), 413);
  });

  it('1,001 events; 1,000 are accepted', async () => {
    const events = Array.from({ length: 1_000 }, () => makeEvent());
    expectProblem(await post(JSON.stringify([...events, makeEvent()])), 413);
    expect(parseJson(await post(gzipSync(JSON.stringify(events)), gzip))).toMatchObject({ accepted: 1_000 });
    acceptedIds.push(...events.map((event) => event.id));
  });
});

describe('415: unsupported', () => {
  it.each(['text/plain', 'application/xml', `text/${marker}`, 'application/x-www-form-urlencoded'])(
    'content type %s, with the types that are',
    async (contentType) => {
      const answer = await post(batch(), { 'content-type': contentType });
      expectProblem(answer, 415);
      expect(answer.headers.accept?.split(', ')).toEqual([
        batchType,
        'application/cloudevents+json',
        'application/json',
      ]);
    },
  );

  it('charset UTF-16', async () => {
    expectProblem(await post(batch(), { 'content-type': `${batchType}; charset=utf-16` }), 415);
  });

  it.each(['br', 'deflate', 'gzip, gzip'])('content encoding %s', async (encoding) => {
    const answer = await post(batch(), { 'content-encoding': encoding });
    expectProblem(answer, 415);
    expect(answer.headers['accept-encoding']).toBe('gzip');
  });
});

describe('keys and paths', () => {
  it('401 without a write key', async () => {
    const answer = await send({
      url: `${deployment.url}/v1/events`,
      headers: { 'content-type': batchType },
      body: batch(),
    });
    expectProblem(answer, 401);
    expect(answer.headers['www-authenticate']).toBe('Bearer');
  });

  it.each([`Bearer ${marker}`, 'Bearer ', `Basic ${marker}`, `Bearer ${'k'.repeat(10_000)}`])(
    '401 for the authorization %.20s',
    async (authorization) => {
      expectProblem(await post(batch(), { authorization }), 401);
    },
  );

  it('401 for an unknown key of a beacon, whose known key is accepted', async () => {
    const headers = { 'content-type': batchType };
    const beacon = (key: string) =>
      send({ url: `${deployment.url}/v1/events?key=${key}`, headers, body: JSON.stringify([event]) });
    const event = makeEvent();
    expectProblem(await beacon(marker), 401);
    expect((await beacon('local-dev-key:web')).status).toBe(200);
    acceptedIds.push(event.id);
  });

  it('403 for the key of an SDK that has no binding', async () => {
    expectProblem(await post(batch(), { authorization: `Bearer local-dev-key:${marker}` }), 403);
  });

  it.each(['/', '/v1', `/v1/events/${marker}`, '/V1/events', '//v1/events', '/v1/events%00'])(
    '404 for %s',
    async (path) => {
      expectProblem(await call(path, { body: batch() }), 404);
    },
  );

  it.each([
    ['GET', '/v1/events', 'POST, OPTIONS'],
    ['PUT', '/v1/events', 'POST, OPTIONS'],
    ['DELETE', '/v1/events', 'POST, OPTIONS'],
    ['POST', '/v1/policy', 'GET, HEAD, OPTIONS'],
    ['POST', '/health', 'GET, HEAD'],
  ])('405 for %s %s, with the methods that are allowed', async (method, path, allow) => {
    const answer = await call(path, { method });
    expectProblem(answer, 405);
    expect(answer.headers.allow).toBe(allow);
  });
});

describe('afterwards', () => {
  it('what was accepted is there once, nothing of what was refused is', async () => {
    const status = await waitUntilIdle(deployment);
    const rows = await query(deployment, `SELECT event_id FROM events.${trackPlayedTable}`);
    expect(rows.map((row) => String(row['event_id'])).sort()).toEqual([...acceptedIds].sort());
    expect(status).toMatchObject({ rejected: 0, quarantined: 0, deadLetters: 0 });
  });

  it('no refused value is in an answer or a log line', () => {
    const log = readFileSync(join(deployment.dataFolder, 'edi.log'), 'utf8');
    expect(answers.length).toBeGreaterThan(50);
    const shown = [...answers, log, deployment.output()].join('\n').toLowerCase();
    expect(shown).not.toContain(marker.toLowerCase());
  });
});

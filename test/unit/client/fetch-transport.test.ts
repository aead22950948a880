import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { makeFetchTransport } from '../../../shared/client/core/fetch-transport.ts';
import type { Reply, Transport } from '../../../shared/client/core/ports.ts';

const clock = createManualClock(0);
/** Within a second, which is the default, a loaded machine may not have come to it. */
const patient = { timeout: 30_000 };
let sent: { readonly request: Request; readonly body: Buffer }[];
/** What the receiver answers; undefined: nothing, until the request is given up. */
let answer: (() => Response) | undefined;
let transport: Transport;

beforeEach(() => {
  sent = [];
  answer = () => Response.json({ accepted: 1, duplicates: 0, rejected: [] });
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    const request = new Request(url, init);
    sent.push({ request, body: Buffer.from(await request.clone().arrayBuffer()) });
    if (answer !== undefined) return answer();
    return new Promise<never>((_, reject) => {
      init.signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
    });
  });
  transport = makeFetchTransport({ url: 'http://receiver//', key: 'the-key' }, clock, 300);
});
afterEach(() => vi.unstubAllGlobals());

const send = (body: string, token?: string, signal = new AbortController().signal): Promise<Reply> =>
  transport.send({ body, token, signal });

describe('a request', () => {
  test('has the key, the clock, and the token of its subject beside it', async () => {
    expect(await send('[1]', 'of-a-subject')).toMatchObject({ status: 200, body: { accepted: 1 } });
    await send('[2]');
    const [first, second] = sent.map(({ request }) => request);
    expect(first?.url).toBe('http://receiver/v1/events');
    expect(Object.fromEntries(first?.headers ?? [])).toEqual({
      authorization: 'Bearer the-key',
      'content-type': 'application/cloudevents-batch+json',
      'x-edi-sent-at': '0',
      'x-edi-subject-token': 'of-a-subject',
    });
    expect(second?.headers.has('x-edi-subject-token')).toBe(false);
    expect([first?.credentials, first?.redirect, first?.method]).toEqual(['omit', 'error', 'POST']);
  });

  test('is gzipped from 1 KiB on, and outlives its page while it is small', async () => {
    const long = `["${'long '.repeat(1_000)}"]`;
    await send('[1]');
    await send(`["${'x'.repeat(500)}"]`);
    await send(long);
    const [small, middle, large] = sent;
    expect(sent.map(({ request }) => request.headers.get('content-encoding'))).toEqual([null, null, 'gzip']);
    expect([small, middle, large].map((one) => one?.request.keepalive)).toEqual([true, false, true]);
    expect(gunzipSync(large?.body ?? '').toString()).toBe(long);
  });

  test.each([
    ['7', 7_000],
    ['Thu, 01 Jan 1970 00:00:09 GMT', 9_000],
    ['Thu, 01 Jan 1969 00:00:00 GMT', 0],
    ['soon', 0],
  ])('Retry-After %s is read', async (retryAfter, retryAfterMillis) => {
    answer = () => new Response('', { status: 503, headers: { 'retry-after': retryAfter } });
    expect(await send('[1]')).toMatchObject({ status: 503, isProblem: false, retryAfterMillis });
  });

  test('tells whether the receiver itself refused it', async () => {
    answer = () =>
      new Response('{"title":"no"}', { status: 400, headers: { 'content-type': 'application/problem+json' } });
    expect(await send('[1]')).toMatchObject({ status: 400, isProblem: true });
    answer = () => new Response('<html>', { status: 400 });
    expect(await send('[1]')).toMatchObject({ status: 400, isProblem: false, body: undefined });
  });

  test('without an answer in 30 seconds is known to be late, and one that is ended is not', async () => {
    answer = undefined;
    const late = send('[1]');
    await vi.waitFor(() => expect(sent).toHaveLength(1), patient);
    clock.advance(29_999);
    const controller = new AbortController();
    const ended = send('[2]', undefined, controller.signal);
    await vi.waitFor(() => expect(sent).toHaveLength(2), patient);
    controller.abort();
    expect(await ended).toEqual({ status: 0, isLate: false });
    clock.advance(1);
    expect(await late).toEqual({ status: 0, isLate: true });
  });
});

test('the policy is what a 200 holds', async () => {
  answer = () => Response.json({ retry: {} });
  expect(await transport.policy()).toEqual({ retry: {} });
  answer = () => Response.json({}, { status: 404 });
  expect(await transport.policy()).toBeUndefined();
});

import { describe, expect, test } from 'vitest';
import { makeIngestClient } from '../../../infra/cli/demo/ingest-client.ts';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { settle } from './settle.ts';

interface Sent {
  readonly atMillis: number;
  readonly body: string;
  readonly headers: Headers;
}

/** A client whose server gives these answers, in order; `lost` is a connection that breaks. */
function clientFor(answers: readonly (Response | 'lost')[]) {
  const clock = createManualClock(0);
  const sent: Sent[] = [];
  const left = [...answers];
  const client = makeIngestClient({
    url: 'http://ingest',
    key: 'the-key',
    clock,
    random: () => 0.999_999,
    async fetch(url, init) {
      const request = new Request(url, init);
      sent.push({ atMillis: clock.nowMillis(), body: await request.text(), headers: request.headers });
      const answer = left.shift() ?? 'lost';
      if (answer === 'lost') throw new TypeError('fetch failed');
      return answer;
    },
  });
  return { client, clock, sent };
}

const accepted = (count: number, rejected: object[] = []) =>
  Response.json({ accepted: count, duplicates: 0, rejected });
const busy = (retryAfter: string) =>
  new Response('{"detail":"Later."}', { status: 503, headers: { 'retry-after': retryAfter } });

describe('sending to ingest', () => {
  test('a body goes out as it is, with the key and the time of sending', async () => {
    const { client, clock, sent } = clientFor([accepted(1)]);
    const outcome = await settle(clock, client.send('[{"id":"1"}]'));
    expect(outcome).toEqual({ kind: 'answered', answer: { accepted: 1, duplicates: 0, rejected: [] }, retries: 0 });
    expect(sent[0]?.body).toBe('[{"id":"1"}]');
    expect(sent[0]?.headers.get('authorization')).toBe('Bearer the-key');
    expect(sent[0]?.headers.get('x-edi-sent-at')).toBe('0');
  });

  test('429, 503 and a lost connection are tried again with the same bytes, later and later', async () => {
    const { client, clock, sent } = clientFor([new Response('', { status: 429 }), busy('0'), 'lost', accepted(1)]);
    const outcome = await settle(clock, client.send('[1]'));
    expect(outcome).toMatchObject({ kind: 'answered', retries: 3 });
    expect(new Set(sent.map(({ body }) => body))).toEqual(new Set(['[1]']));
    const gaps = sent.slice(1).map(({ atMillis }, at) => Math.round(atMillis - (sent[at]?.atMillis ?? 0)));
    expect(gaps).toEqual([500, 1_000, 2_000]);
  });

  test.each([
    ['7', 7_000],
    ['Thu, 01 Jan 1970 00:00:09 GMT', 9_000],
  ])('Retry-After %s is honoured', async (retryAfter, millis) => {
    const { client, clock, sent } = clientFor([busy(retryAfter), accepted(1)]);
    await settle(clock, client.send('[1]'));
    expect(sent[1]?.atMillis).toBe(millis);
  });

  test('a Retry-After beyond its patience is not shortened', async () => {
    const { client, clock, sent } = clientFor([busy('3600'), accepted(1)]);
    const outcome = await settle(clock, client.send('[1]'));
    expect(outcome).toMatchObject({ kind: 'gave-up', problem: 'ingest answered 503: Later. Retry after 3600 s.' });
    expect(sent).toHaveLength(1);
  });

  test('it gives up after six tries', async () => {
    const { client, clock, sent } = clientFor([]);
    const outcome = await settle(clock, client.send('[1]'));
    expect(outcome).toEqual({ kind: 'gave-up', problem: 'no answer from http://ingest', retries: 5 });
    expect(sent).toHaveLength(6);
  });

  test('a refusal is final, and its detail is told', async () => {
    const { client, clock } = clientFor([new Response('{"detail":"Not known."}', { status: 401 })]);
    const outcome = await settle(clock, client.send('[1]'));
    expect(outcome).toEqual({ kind: 'refused', status: 401, detail: 'ingest answered 401: Not known.', retries: 0 });
  });

  test("an answer that is no ingest's is a refusal", async () => {
    const { client, clock } = clientFor([new Response('<html>', { status: 200 })]);
    expect(await settle(clock, client.send('[1]'))).toMatchObject({ kind: 'refused', status: 200 });
  });

  test('events that are rejected as transient are sent again, and keep their place in the answer', async () => {
    const { client, clock, sent } = clientFor([
      accepted(1, [
        { index: 1, transient: true, reason: 'registry-unavailable' },
        { index: 2, transient: false, reason: 'schema' },
        { index: 3, transient: true, reason: 'registry-unavailable' },
      ]),
      accepted(1, [{ index: 1, transient: false, reason: 'unknown-type' }]),
    ]);
    const outcome = await settle(clock, client.sendEvents(['a', 'b', 'c', 'd']));
    expect(sent.map(({ body }) => body)).toEqual(['["a","b","c","d"]', '["b","d"]']);
    expect(outcome).toEqual({
      kind: 'answered',
      retries: 1,
      answer: {
        accepted: 2,
        duplicates: 0,
        rejected: [
          { index: 2, transient: false, reason: 'schema' },
          { index: 3, transient: false, reason: 'unknown-type' },
        ],
      },
    });
  });
});

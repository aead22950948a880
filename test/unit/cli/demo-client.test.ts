import { expect, test } from 'vitest';
import { type DemoClient, makeDemoClient } from '../../../infra/cli/demo/demo-client.ts';
import type { Reply } from '../../../shared/client/core/ports.ts';

/** A client of a receiver that gives these answers, in order. */
function clientFor(replies: readonly Reply[]): { readonly client: DemoClient; readonly bodies: string[] } {
  const bodies: string[] = [];
  const left = [...replies];
  const client = makeDemoClient({
    url: 'http://ingest',
    key: 'the-key',
    signal: new AbortController().signal,
    retryMillis: 0,
    maxTries: 2,
    way: {
      async send({ body }) {
        bodies.push(body);
        return left.shift() ?? { status: 0 };
      },
      policy: async () => undefined,
    },
  });
  return { client, bodies };
}

const taken = (accepted: number, rejected: object[] = []): Reply => ({
  status: 200,
  body: { accepted, duplicates: 0, rejected },
});
const events = [{ id: 'a', type: 'shop.order.v1' }, { type: 'shop.order.v1' }];
const rejected = (index: number, reason: string, transient = false) => ({ index, reason, transient, errors: [] });

test('sends events as they are, and tells which were rejected by their place', async () => {
  const { client, bodies } = clientFor([taken(1, [rejected(1, 'envelope')])]);
  const { answers, retries } = await client.send(events, false);
  expect(bodies).toEqual([JSON.stringify(events)]);
  expect(answers).toEqual([{ accepted: 1, duplicates: 0, rejected: new Map([[1, 'envelope']]) }]);
  expect(retries).toBe(0);
});

test('sends the same to the byte again when the answer is lost, and tells both answers', async () => {
  const { client, bodies } = clientFor([taken(2), taken(2)]);
  const { answers, retries } = await client.send(events, true);
  expect(bodies).toEqual([JSON.stringify(events), JSON.stringify(events)]);
  expect(answers.map(({ accepted }) => accepted)).toEqual([2, 2]);
  expect(retries).toBe(0);
});

test('counts what the receiver could not take at once as retries, and not as an answer', async () => {
  const later = taken(1, [rejected(0, 'registry-unavailable', true)]);
  const { client, bodies } = clientFor([{ status: 503 }, later, taken(1)]);
  const { answers, retries } = await client.send(events, false);
  expect(bodies.at(-1)).toBe(JSON.stringify([events[0]]));
  expect(answers).toEqual([{ accepted: 2, duplicates: 0, rejected: new Map() }]);
  expect(retries).toBe(2);
});

test.each([
  ['a key that may not send', { status: 401, isProblem: true, body: { detail: 'Not known.' } }, /401: Not known/],
  ['a request that is refused', { status: 422, isProblem: true, body: { detail: 'Not so.' } }, /422: Not so/],
  ['no answer', { status: 0 }, /no answer from http:\/\/ingest/],
])('%s is an error that says why', async (_, reply: Reply, problem) => {
  const { client } = clientFor(Array.from({ length: 9 }, () => reply));
  await expect(client.send(events, false)).rejects.toThrow(problem);
});

import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { isPubSubFunction, makePubSubFunction, type StageOutcome } from '../../../shared/http/pubsub-function.ts';
import { parsePushBody } from '../../../shared/http/push-body.ts';
import type { DeliveredMessage } from '../../../shared/ports/publisher.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import { type FunctionServer, serveFunction } from '../../helpers/function-server.ts';
import { recordingObserver } from '../../helpers/recording-observer.ts';

const pushed = {
  message: {
    data: Buffer.from([0, 255, 128]).toString('base64'),
    attributes: { seal: 's' },
    messageId: '17',
    publishTime: '2026-01-01T00:00:00.123Z',
  },
  subscription: 'projects/p/subscriptions/dedup',
  deliveryAttempt: 3,
};
const delivered: DeliveredMessage = {
  data: Buffer.from([0, 255, 128]),
  attributes: { seal: 's' },
  messageId: '17',
  publishTimeMillis: Date.UTC(2026, 0, 1) + 123,
  subscription: 'projects/p/subscriptions/dedup',
  deliveryAttempt: 3,
};

let server: FunctionServer;
afterEach(() => server?.close());

async function serve(stage: (message: DeliveredMessage) => Promise<StageOutcome>, maxPushBytes?: number) {
  const observer = recordingObserver();
  const lines = { purge: async () => false, failed: async () => false };
  const options = { name: 'dedup', stage, lines, observer, ...(maxPushBytes === undefined ? {} : { maxPushBytes }) };
  server = await serveFunction(makePubSubFunction(options));
  const push = (body: string | object, method = 'POST') =>
    fetch(server.url, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(method === 'POST' ? { body: typeof body === 'string' ? body : JSON.stringify(body) } : {}),
    });
  return { observer, push };
}

describe('the function around a stage', () => {
  test('hands over the message and acknowledges with 204', async () => {
    const messages: DeliveredMessage[] = [];
    const { push } = await serve(async (message) => {
      messages.push(message);
      return { kind: 'done' };
    });
    const response = await push(pushed);
    expect([response.status, await response.text()]).toEqual([204, '']);
    expect(messages).toEqual([delivered]);
  });

  test('acknowledges no sooner than the stage is done', async () => {
    const { promise, resolve } = Promise.withResolvers<StageOutcome>();
    const { push } = await serve(() => promise);
    let answered = false;
    const response = push(pushed).then((answer) => {
      answered = true;
      return answer;
    });
    expect((await push('', 'GET')).status).toBe(405);
    expect(answered).toBe(false);
    resolve({ kind: 'done' });
    expect((await response).status).toBe(204);
  });

  test('answers 503 for a retry, counted and logged with its reason', async () => {
    const { push, observer } = await serve(async () => ({ kind: 'retry', reason: 'claim-contention' }));
    expect((await push(pushed)).status).toBe(503);
    expect(observer.counts.get('stage-retries.claim-contention')).toBe(1);
    expect(observer.entries).toEqual([
      {
        severity: 'WARNING',
        message: 'dedup: to be redelivered',
        fields: { reason: 'claim-contention', messageId: '17', deliveryAttempt: 3 },
      },
    ]);
  });

  test.each([
    [new Unavailable('publisher', 'no answer'), 'publisher', 'WARNING'],
    [new TypeError('alice@example.com'), 'unexpected-error', 'ERROR'],
  ])('%s is a 503, too', async (error, reason, severity) => {
    const { push, observer } = await serve(() => Promise.reject(error));
    expect((await push(pushed)).status).toBe(503);
    expect(observer.counts.get(`stage-retries.${reason}`)).toBe(1);
    expect(observer.entries[0]?.severity).toBe(severity);
    expect(JSON.stringify(observer.entries)).not.toContain('alice');
  });

  test('refuses what is no push, without running the stage', async () => {
    let ran = 0;
    const { push, observer } = await serve(async () => {
      ran++;
      return { kind: 'done' };
    }, 1_000);
    for (const body of ['', 'alice', '[]', '{}', JSON.stringify({ ...pushed, pad: 'x'.repeat(1_000) })]) {
      expect((await push(body)).status).toBe(400);
    }
    const get = await push('', 'GET');
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST']);
    expect(ran).toBe(0);
    expect(observer.entries.map(({ fields }) => fields['body'])).toEqual(['body', 'body', 'body', 'body', 'too-large']);
    expect(JSON.stringify(observer.entries)).not.toContain('alice');
  });

  test('does not run the stage for a push that breaks off', async () => {
    let ran = 0;
    const { push, observer } = await serve(async () => {
      ran++;
      return { kind: 'done' };
    });
    const text = JSON.stringify(pushed);
    await new Promise<void>((resolve) => {
      const socket = connect(server.port, '127.0.0.1');
      socket.on('close', () => resolve()).on('error', () => {});
      socket.write(`POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ${text.length + 1}\r\n\r\n${text}`, () =>
        socket.destroy(),
      );
    });
    expect((await push(pushed)).status).toBe(204);
    expect(ran).toBe(1);
    expect(observer.counts.size).toBe(0);
  });
});

describe('parsePushBody', () => {
  const parse = (value: unknown) => parsePushBody(Buffer.from(JSON.stringify(value)));
  const { deliveryAttempt: _attempt, ...withoutAttempt } = pushed;

  test('takes a push without attempt, data, attributes or time', () => {
    expect(parse(pushed)).toEqual(delivered);
    expect(parse(withoutAttempt)).not.toHaveProperty('deliveryAttempt');
    expect(parse({ message: { messageId: '1' }, subscription: 's' })).toEqual({
      messageId: '1',
      subscription: 's',
      publishTimeMillis: 0,
      data: Buffer.alloc(0),
      attributes: {},
    });
  });

  test.each([
    5,
    { message: [], subscription: 's' },
    { message: { messageId: 5 }, subscription: 's' },
    { message: { messageId: '1' } },
    { message: { messageId: '1', data: 5 }, subscription: 's' },
    { message: { messageId: '1', attributes: [] }, subscription: 's' },
    { message: { messageId: '1', attributes: { a: 5 } }, subscription: 's' },
  ])('%j is none', (value) => {
    expect(parse(value)).toBeUndefined();
  });
});

test('tells once that Cloud Run removes signatures, and shows the authenticator both headers', async () => {
  const seen: unknown[] = [];
  const observer = recordingObserver();
  const handler = makePubSubFunction({
    name: 'dedup',
    stage: async () => ({ kind: 'done' }),
    lines: { purge: async () => false, failed: async () => false },
    observer,
    authenticator: {
      async check(...headers) {
        seen.push(headers);
        return { kind: 'authentic', signature: 'removed' };
      },
    },
  });
  server = await serveFunction(handler);
  const headers = { 'content-type': 'application/json', authorization: 'Bearer a', 'x-serverless-authorization': 'b' };
  for (let times = 0; times < 2; times += 1) {
    expect((await fetch(server.url, { method: 'POST', headers, body: JSON.stringify(pushed) })).status).toBe(204);
  }
  expect(seen).toEqual([
    ['Bearer a', 'b'],
    ['Bearer a', 'b'],
  ]);
  expect(observer.entries.map(({ severity, message }) => [severity, message])).toEqual([
    ['INFO', expect.stringContaining('removes the signatures')],
  ]);
});

test('takes a message of a bus in this process as it takes a push of it, and asks for no token', async () => {
  const outcomes: StageOutcome[] = [{ kind: 'done' }, { kind: 'retry', reason: 'registry' }];
  const observer = recordingObserver();
  const taken: DeliveredMessage[] = [];
  const made = makePubSubFunction({
    name: 'dedup',
    stage: async (message) => {
      taken.push(message);
      const outcome = outcomes.shift();
      if (outcome === undefined) throw new TypeError('a bug');
      return outcome;
    },
    lines: { purge: async () => false, failed: async () => false },
    observer,
    authenticator: { check: async () => ({ kind: 'refused', problem: 'nobody may push' }) },
  });
  const message = { messageId: '7', subscription: 's', publishTimeMillis: 1, data: Uint8Array.of(1), attributes: {} };
  expect(isPubSubFunction(made)).toBe(true);
  expect(isPubSubFunction(async () => {})).toBe(false);
  expect([await made.take(message), await made.take(message), await made.take(message)]).toEqual([204, 503, 503]);
  expect(taken).toEqual([message, message, message]);
  expect(observer.entries.map(({ message: text }) => text)).toEqual([
    'dedup: to be redelivered',
    'unexpected error',
    'dedup: to be redelivered',
  ]);
});

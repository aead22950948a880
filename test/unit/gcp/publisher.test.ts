import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createPubSubPublisher, type PubSubPublisher } from '../../../shared/adapters/gcp/publisher.ts';
import type { Message } from '../../../shared/ports/publisher.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import { closedHost, type Loopback, listenInSilence } from './loopback.ts';

const settings = { attemptTimeoutMillis: 100, totalTimeoutMillis: 250, maxBatchDelayMillis: 1 };
const secret = 'jane@example.com';

function message(bytes = 20): Message {
  return { data: Buffer.from(secret.padEnd(bytes, 'x')), attributes: { seal: secret } };
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => 'it was published',
    (error: unknown) => error,
  );
}

describe('while Pub/Sub does not answer', () => {
  let silent: Loopback;
  let publisher: PubSubPublisher;
  beforeEach(async () => {
    silent = await listenInSilence();
  });
  afterEach(async () => {
    await publisher.close();
    await silent.close();
  });
  const open = (more: object = {}): void => {
    publisher = createPubSubPublisher({
      projectId: 'edi',
      emulatorHost: silent.host,
      settings: { ...settings, ...more },
    });
  };

  test('rejects with Unavailable, which says nothing of the message', async () => {
    open();
    const failure = await failureOf(publisher.publish('received', [message()]));
    expect(failure).toBeInstanceOf(Unavailable);
    expect(String(failure)).not.toContain(secret);
  });

  test('rejects in time although the client still waits for its batch to fill, and counts what it holds', async () => {
    open({ totalTimeoutMillis: 20, maxBatchDelayMillis: 300, maxOutstandingBytes: 1 });
    const failure = await failureOf(publisher.publish('received', [message()]));
    expect(String(failure)).toContain('within 20 ms');
    expect(String(await failureOf(publisher.publish('received', [message()])))).toContain('on their way');
  });

  test('refuses more than the outstanding bytes at once, and takes messages again when those are settled', async () => {
    open({ maxOutstandingBytes: 100 });
    // Larger than the bound by itself: it is let through, or it could never be published.
    const first = failureOf(publisher.publish('received', [message(500)]));
    expect(String(await failureOf(publisher.publish('received', [message()])))).toContain('bytes are on their way');
    expect(await first).toBeInstanceOf(Unavailable);
    await publisher.flush();
    expect(String(await failureOf(publisher.publish('received', [message()])))).not.toContain('bytes are on their way');
  });

  test('flush waits for what is on its way and never rejects', async () => {
    open();
    const failures: unknown[] = [];
    void failureOf(publisher.publish('received', [message()])).then((failure) => failures.push(failure));
    void failureOf(publisher.publish('quarantine', [message()])).then((failure) => failures.push(failure));
    await publisher.flush();
    expect(failures.every((failure) => failure instanceof Unavailable)).toBe(true);
    expect(failures).toHaveLength(2);
  });
});

test('rejects with Unavailable when nobody listens', async () => {
  const publisher = createPubSubPublisher({ projectId: 'edi', emulatorHost: await closedHost(), settings });
  const failure = await failureOf(publisher.publish('received', [message()]));
  expect(failure).toBeInstanceOf(Unavailable);
  expect(String(failure)).not.toContain(secret);
  await publisher.close();
});

test('takes nothing after it was closed, and closes without ever having connected', async () => {
  const publisher = createPubSubPublisher({ projectId: 'edi', emulatorHost: await closedHost(), settings });
  await publisher.close();
  await expect(publisher.publish('received', [message()])).rejects.toThrow('closed');
});

test('refuses an attribute that the client would change', async () => {
  const publisher = createPubSubPublisher({ projectId: 'edi', emulatorHost: await closedHost(), settings });
  const attributes = { sdk: 'a {{projectId}} b' };
  await expect(publisher.publish('received', [{ data: Buffer.from('x'), attributes }])).rejects.toThrow(RangeError);
});

import { afterEach, beforeEach, expect, test } from 'vitest';
import { createCloudObjectStore } from '../../../shared/adapters/gcp/object-store.ts';
import type { ObjectStore } from '../../../shared/ports/object-store.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import { type FakeCloudStorage, startFakeCloudStorage } from '../../helpers/fake-cloud-storage.ts';
import { closedHost } from './loopback.ts';

let fake: FakeCloudStorage;
let store: ObjectStore;
beforeEach(async () => {
  fake = await startFakeCloudStorage();
  const settings = { maxRetries: 0, maxObjectBytes: 1_000 };
  store = createCloudObjectStore({ projectId: 'edi', bucket: 'b', apiEndpoint: fake.url, settings });
});
afterEach(() => fake.close());

const operations: Record<string, () => Promise<unknown>> = {
  get: () => store.get('subject/jane'),
  put: () => store.put('subject/jane', Buffer.from('x')),
  'conditional put': () => store.put('subject/jane', Buffer.from('x'), 'absent'),
  'bounded get': () => store.getBounded('subject/jane', 10),
};

test.each(Object.entries(operations))('%s rejects with Unavailable, without the name of the object', async (_, run) => {
  for (const status of [401, 403, 429, 500, 503]) {
    fake.failWith = status;
    const failure = await run().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Unavailable);
    expect(String(failure)).toBe(`Unavailable: Cloud Storage did not do its work: HTTP status ${status}`);
  }
});

test('rejects with Unavailable when nobody listens', async () => {
  const apiEndpoint = `http://${await closedHost()}`;
  const lost = createCloudObjectStore({ projectId: 'edi', bucket: 'b', apiEndpoint, settings: { maxRetries: 0 } });
  await expect(lost.get('a')).rejects.toThrow(Unavailable);
});

test('takes objects up to their bound', async () => {
  await store.put('largest', new Uint8Array(1_000));
  expect((await store.get('largest'))?.data.byteLength).toBe(1_000);
  await expect(store.put('larger', new Uint8Array(1_001))).rejects.toThrow(RangeError);
  const unbounded = createCloudObjectStore({ projectId: 'edi', bucket: 'b', apiEndpoint: fake.url });
  await unbounded.put('larger', new Uint8Array(300_000));
  await expect(store.get('larger')).rejects.toThrow(RangeError);
});

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Draft, Store, StoredEvent } from '../../../shared/client/core/ports.ts';

/** The part of pages is compiled with their types, and not with Node's. */
const hideFile = '../../../shared/client/browser/page-hide.ts';
const storeFile = '../../../shared/client/browser/memory-store.ts';

const bounds = { maxEvents: 100, maxBytes: 1_000_000 };
const limits = { maxRequestEvents: 2, maxBodyBytes: 1_000_000 };

let recent: Map<string, StoredEvent>;
let hide: () => void;
let store: Store;
let bodies: string[];

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 });
  bodies = [];
  vi.stubGlobal('fetch', async (_: string, { body }: { body: string }) => {
    bodies.push(body);
    return new Response();
  });
  const { sendRecent } = await import(hideFile);
  const { makeMemoryStore } = await import(storeFile);
  recent = new Map();
  hide = () => sendRecent(recent, 'http://receiver/', 'key');
  let names = 0;
  store = makeMemoryStore(() => `urn:${++names}`, recent);
  await store.state();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function track(...ids: readonly string[]): Promise<void> {
  const drafts = ids.map(
    (id): Draft => ({ id, type: 'a.b.v1', text: `{"id":"${id}"`, priority: 1, atMillis: Date.now(), group: '' }),
  );
  await store.append(drafts, bounds);
}

const sentIds = () => bodies.flatMap((body) => JSON.parse(body).map(({ id }: { id: string }) => id));

test('a page that goes sends what it tracked and does not know to be sent', async () => {
  await track('one', 'two', 'three');
  const batch = await store.seal(limits);
  await store.settle(batch ?? { id: -1, events: [] }, []);
  hide();
  expect(sentIds()).toEqual(['three']);
  expect((await store.state()).events).toBe(1);
});

test('a page sends nothing that it tracked long ago', async () => {
  await track('old');
  vi.setSystemTime(1_000_000 + 31_000);
  hide();
  expect(bodies).toEqual([]);
});

test('a page sends nothing without consent', async () => {
  await track('one');
  await store.setConsent(false);
  hide();
  expect(bodies).toEqual([]);
});

test('a page holds no event for longer than it may send it, also where another tab sends', async () => {
  await track('old');
  vi.setSystemTime(1_000_000 + 31_000);
  await track('new');
  // By this clock both are of now: what was forgotten was so before.
  vi.setSystemTime(1_000_000);
  hide();
  expect(sentIds()).toEqual(['new']);
});

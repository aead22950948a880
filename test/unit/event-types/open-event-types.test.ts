import { expect, test } from 'vitest';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { openEventTypes } from '../../../shared/event-types/open-event-types.ts';
import type { ObjectStore } from '../../../shared/ports/object-store.ts';
import type { Registry } from '../../../shared/ports/registry.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import { recordingObserver } from '../../helpers/recording-observer.ts';
import { schemaDocument, snapshotOf } from '../../helpers/schemas.ts';

const stored = await snapshotOf([schemaDocument({ type: 'shop.order.v1' })]);
const current = { ...stored, version: stored.version + 1 };
const down = () => Promise.reject(new Unavailable('registry', 'down'));
const never = () => new Promise<never>(() => {});

function world(read: Registry['read'], get: () => Promise<unknown>) {
  const clock = createManualClock();
  let asked = 0;
  const registry: Registry = {
    read(known) {
      asked += 1;
      return read(known);
    },
  };
  const found = async () => {
    const value = await get();
    return value === undefined ? undefined : { data: Buffer.from(JSON.stringify(value)), generation: '1' };
  };
  const snapshot: ObjectStore = {
    get: found,
    getBounded: found,
    stream: async () => undefined,
    put: async () => 'conflict',
    async *list() {},
    remove: async () => undefined,
  };
  const ports = { databases: { registry }, buckets: { snapshot }, clock, observer: recordingObserver() };
  return { clock, asked: () => asked, open: () => openEventTypes(ports) };
}

test('starts from the snapshot while the registry hangs', async () => {
  const { open } = world(never, async () => stored);
  expect((await open()).version).toBe(stored.version);
});

test('starts from the registry while the bucket hangs, and asks it once', async () => {
  const { open, asked } = world(async () => current, never);
  expect((await open()).version).toBe(current.version);
  expect(asked()).toBe(1);
});

test('takes the first answer of the registry when it comes after the snapshot, without another question', async () => {
  const { promise, resolve } = Promise.withResolvers<typeof current>();
  const { open, asked } = world(
    () => promise,
    async () => stored,
  );
  const eventTypes = await open();
  eventTypes.refreshIfStale();
  resolve(current);
  await eventTypes.refreshNow();
  expect([eventTypes.version, asked()]).toEqual([current.version, 1]);
});

test('waits two seconds for the snapshot when the registry is down, and no longer', async () => {
  const { open, clock } = world(down, never);
  let isOpen = false;
  const opening = open().then((eventTypes) => {
    isOpen = true;
    return eventTypes;
  });
  clock.advance(1_999);
  await new Promise(setImmediate);
  expect(isOpen).toBe(false);
  clock.advance(1);
  expect((await opening).version).toBe(0);
});

test.each([
  ['there is none', async () => undefined],
  ['it cannot be read', () => Promise.reject(new Unavailable('object-store', 'down'))],
  ['it is none', async () => 'nonsense'],
])('waits for the registry when %s', async (_, get) => {
  const { open } = world(async () => current, get);
  expect((await open()).version).toBe(current.version);
});

test('starts with nothing known, and goes on asking, when neither is there', async () => {
  let isDown = true;
  const { open, clock } = world(
    async () => (isDown ? down() : current),
    async () => undefined,
  );
  const eventTypes = await open();
  expect(eventTypes.version).toBe(0);
  isDown = false;
  clock.advance(500);
  await eventTypes.refreshNow();
  expect(eventTypes.version).toBe(current.version);
});

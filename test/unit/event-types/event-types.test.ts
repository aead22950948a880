import { describe, expect, test } from 'vitest';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { createMemoryRegistry } from '../../../shared/adapters/memory/registry.ts';
import type { JsonObject } from '../../../shared/event/json.ts';
import { makeEventTypes } from '../../../shared/event-types/event-types.ts';
import type { Registry } from '../../../shared/ports/registry.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import { activate, registryWith, schemaDocument, snapshotOf, testSdks } from '../../helpers/schemas.ts';
import { activateSchema } from '../../helpers/uploads.ts';

const type = 'shop.order.v1';
const document = (properties: JsonObject = {}, other = type) => schemaDocument({ type: other, properties });

/** A registry whose answers wait for `answer()`, or fail, and that counts its questions. */
function controlledRegistry() {
  let asked = 0;
  let down = false;
  let held: (() => void)[] | undefined;
  const registry = createMemoryRegistry({
    gate: async (operation) => {
      if (operation !== 'read') return;
      asked++;
      if (held !== undefined) await new Promise<void>((resolve) => held?.push(resolve));
      if (down) throw new Unavailable('registry', 'down as told');
    },
  });
  return {
    registry,
    asked: () => asked,
    setDown: (value: boolean) => {
      down = value;
    },
    hold: () => {
      held = [];
    },
    answer: () => {
      const waiting = held ?? [];
      held = undefined;
      for (const resolve of waiting) resolve();
    },
  };
}

/** Lets everything that waits for nothing but promises go on. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

async function view(registry: Registry, problems: string[] = []) {
  const clock = createManualClock();
  const eventTypes = makeEventTypes({ registry, clock, onProblem: (problem) => problems.push(problem) });
  await eventTypes.refreshNow();
  return { clock, eventTypes };
}

test('is empty at version 0 until it is filled', async () => {
  const { registry } = controlledRegistry();
  await activate(registry, document());
  await registry.publishSdksUpload(testSdks, '1');
  const eventTypes = makeEventTypes({ registry, clock: createManualClock() });
  expect([eventTypes.version, eventTypes.get(type), eventTypes.sdks.size]).toEqual([0, undefined, 0]);
  expect(await eventTypes.refreshNow()).toBe('current');
  expect([eventTypes.version, eventTypes.get(type)?.revision, eventTypes.sdks.size]).toEqual([2, 1, 3]);
});

test('starts from a snapshot without asking', async () => {
  const { registry, asked } = controlledRegistry();
  const snapshot = await snapshotOf([document({ a: { type: 'string' } })]);
  const eventTypes = makeEventTypes({ registry, clock: createManualClock(), snapshot });
  expect(eventTypes.get(type)?.validate({ a: 'x' })).toBeUndefined();
  expect(eventTypes.get(type)?.validate({ a: 1 })).toEqual({ path: '/data/a', keyword: 'type', expected: 'string' });
  expect([eventTypes.version, asked()]).toEqual([snapshot.version, 0]);
});

describe('refreshIfStale', () => {
  test('shows what is new once the view is 2 s old, and not before', async () => {
    const { registry, asked } = controlledRegistry();
    const { clock, eventTypes } = await view(registry);
    await activate(registry, document());
    clock.advance(1_999);
    eventTypes.refreshIfStale();
    await settled();
    expect([asked(), eventTypes.get(type)]).toEqual([1, undefined]);
    clock.advance(1);
    eventTypes.refreshIfStale();
    expect(eventTypes.get(type)).toBeUndefined();
    await settled();
    expect([asked(), eventTypes.get(type)?.revision]).toEqual([2, 1]);
  });

  test('has one question in flight, however many requests come', async () => {
    const { registry, asked, hold, answer } = controlledRegistry();
    const { clock, eventTypes } = await view(registry);
    await activate(registry, document());
    clock.advance(10_000);
    hold();
    for (let request = 0; request < 50; request++) eventTypes.refreshIfStale();
    const forced = [eventTypes.refreshNow(), eventTypes.refreshNow()];
    expect(asked()).toBe(2);
    answer();
    expect(await Promise.all(forced)).toEqual(['current', 'current']);
    expect([asked(), eventTypes.get(type)?.revision]).toEqual([2, 1]);
  });

  test('keeps what it has while the registry is down, and finds it again', async () => {
    const { registry, asked, setDown } = controlledRegistry();
    await activate(registry, document());
    const { clock, eventTypes } = await view(registry);
    setDown(true);
    for (let second = 0; second < 10; second++) {
      clock.advance(1_000);
      eventTypes.refreshIfStale();
      eventTypes.refreshIfStale();
      await settled();
    }
    expect(eventTypes.get(type)?.revision).toBe(1);
    expect(asked()).toBeLessThanOrEqual(11);
    setDown(false);
    await activate(registry, document({ a: { type: 'string' } }));
    clock.advance(1_000);
    eventTypes.refreshIfStale();
    await settled();
    expect(eventTypes.get(type)?.revision).toBe(2);
  });

  test('an error that is a bug is told and breaks nothing', async () => {
    const problems: string[] = [];
    const snapshot = await snapshotOf([document()]);
    const registry: Registry = {
      ...createMemoryRegistry(),
      read: () => Promise.reject(new TypeError('bug')),
    };
    const clock = createManualClock();
    const eventTypes = makeEventTypes({ registry, clock, snapshot, onProblem: (problem) => problems.push(problem) });
    eventTypes.refreshIfStale();
    await settled();
    expect(problems).toEqual(['registry']);
    expect(await eventTypes.refreshNow()).toBe('unavailable');
    expect(eventTypes.get(type)?.revision).toBe(1);
  });
});

describe('refreshIfOlder', () => {
  test('waits for the answer when the view is older, and asks nothing otherwise', async () => {
    const { registry, asked } = controlledRegistry();
    const { clock, eventTypes } = await view(registry);
    await activate(registry, document());
    clock.advance(30_000);
    await eventTypes.refreshIfOlder(30_000);
    expect([asked(), eventTypes.get(type)]).toEqual([1, undefined]);
    clock.advance(1);
    await eventTypes.refreshIfOlder(30_000);
    expect([asked(), eventTypes.get(type)?.revision]).toEqual([2, 1]);
  });

  test('goes on with what is known while the registry is down, and asks it twice a second at most', async () => {
    const { registry, asked, setDown } = controlledRegistry();
    await activate(registry, document());
    const { clock, eventTypes } = await view(registry);
    setDown(true);
    clock.advance(60_000);
    await eventTypes.refreshIfOlder(30_000);
    await eventTypes.refreshIfOlder(30_000);
    expect([asked(), eventTypes.get(type)?.revision]).toEqual([2, 1]);
  });
});

describe('refreshNow', () => {
  test('asks at once, but not again within half a second', async () => {
    const { registry, asked } = controlledRegistry();
    const { clock, eventTypes } = await view(registry);
    await activate(registry, document());
    expect(await eventTypes.refreshNow()).toBe('current');
    expect([asked(), eventTypes.get(type)]).toEqual([1, undefined]);
    clock.advance(500);
    expect(await eventTypes.refreshNow()).toBe('current');
    expect([asked(), eventTypes.get(type)?.revision]).toEqual([2, 1]);
  });

  test('says when the registry is down, and does not ask it for each event of a batch', async () => {
    const { registry, asked, setDown } = controlledRegistry();
    const { clock, eventTypes } = await view(registry);
    setDown(true);
    clock.advance(5_000);
    for (let event = 0; event < 100; event++) expect(await eventTypes.refreshNow()).toBe('unavailable');
    expect(asked()).toBe(2);
    setDown(false);
    clock.advance(500);
    expect(await eventTypes.refreshNow()).toBe('current');
  });
});

describe('a revision that cannot be used is told, and the last good one stays', () => {
  test.each<[string, JsonObject]>([
    ['its edi block is bad', { ...document(), edi: { type } }],
    ['it is of another type', document({}, 'shop.other.v1')],
    ['a column cannot be made', document({ '+1': { type: 'string' } })],
    ['it does not compile', document({ a: { type: 'string', maxLenght: 5 } })],
    ['it refers to nothing', document({ a: { anyOf: [{ $ref: '#/$defs/none' }, { type: 'string' }] } })],
  ])('%s', async (_how, bad) => {
    const problems: string[] = [];
    const registry = await registryWith([document({ a: { type: 'string' } }), document({}, 'shop.visit.v1')]);
    const { clock, eventTypes } = await view(registry, problems);
    await activateSchema(registry, type, bad);
    await activate(registry, document({ b: { type: 'string' } }, 'shop.visit.v1'));
    clock.advance(2_000);
    eventTypes.refreshIfStale();
    await settled();
    expect(problems).toEqual([type]);
    expect(eventTypes.get(type)?.revision).toBe(1);
    expect(eventTypes.get(type)?.validate({ a: 'x' })).toBeUndefined();
    expect(eventTypes.get('shop.visit.v1')?.revision).toBe(2);
    await activate(registry, document({ c: { type: 'string' } }));
    clock.advance(2_000);
    eventTypes.refreshIfStale();
    await settled();
    expect(eventTypes.get(type)?.revision).toBe(3);
  });

  test('bad SDK bindings, too', async () => {
    const problems: string[] = [];
    const registry = createMemoryRegistry();
    await registry.publishSdksUpload(testSdks, '1');
    const { clock, eventTypes } = await view(registry, problems);
    await registry.publishSdksUpload({ sdks: {} }, '2');
    clock.advance(500);
    await eventTypes.refreshNow();
    expect(problems).toEqual(['sdks.json']);
    expect([...eventTypes.sdks.keys()]).toEqual(['web', 'phone', 'relay']);
  });
});

test('a registry that holds nonsense is told, what is known stays, and it is not asked at every request', async () => {
  const problems: string[] = [];
  let nonsense = false;
  let asked = 0;
  const memory = createMemoryRegistry();
  await memory.publishSdksUpload(testSdks, '1');
  await activate(memory, document());
  const registry: Registry = {
    ...memory,
    read: async (known) => {
      asked++;
      if (nonsense) throw new SyntaxError('as from JSON.parse');
      return memory.read(known);
    },
  };
  const { clock, eventTypes } = await view(registry, problems);
  nonsense = true;
  clock.advance(2_000);
  for (let request = 0; request < 10; request++) {
    eventTypes.refreshIfStale();
    await settled();
  }
  expect(await eventTypes.refreshNow()).toBe('unavailable');
  expect([problems, asked, eventTypes.get(type)?.revision]).toEqual([['registry'], 2, 1]);
  nonsense = false;
  await activate(memory, document({ a: { type: 'string' } }));
  clock.advance(500);
  eventTypes.refreshIfStale();
  await settled();
  expect(eventTypes.get(type)?.revision).toBe(2);
});

import { describe, expect, test } from 'vitest';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { createMemoryRegistry } from '../../../shared/adapters/memory/registry.ts';
import type { JsonObject } from '../../../shared/event/json.ts';
import { type EventTypes, makeEventTypes } from '../../../shared/event-types/event-types.ts';
import type { Registry } from '../../../shared/ports/registry.ts';
import { activate, registryWith, schemaDocument, testSdks } from '../../helpers/schemas.ts';
import { activateSchema } from '../../helpers/uploads.ts';

const type = 'shop.order.v1';
const document = (properties: JsonObject = {}, other = type) => schemaDocument({ type: other, properties });

/** Lets everything that waits for nothing but promises go on. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

async function view(registry: Registry, problems: string[]) {
  const clock = createManualClock();
  const eventTypes = makeEventTypes({ registry, clock, onProblem: (problem) => problems.push(problem) });
  await eventTypes.refreshNow();
  return { clock, eventTypes };
}

describe('of many types that come first', () => {
  const broken = { type: 'array' };

  test('one that cannot be used is told when an event is of it, once, and is unknown', async () => {
    const problems: string[] = [];
    const registry = await registryWith([document()]);
    await activateSchema(registry, 'shop.broken.v1', broken);
    const { eventTypes } = await view(registry, problems);
    expect([problems, eventTypes.get(type)?.revision]).toEqual([[], 1]);
    expect([eventTypes.get('shop.broken.v1'), eventTypes.get('shop.broken.v1')]).toEqual([undefined, undefined]);
    expect(problems).toEqual(['shop.broken.v1']);
  });

  test('one that nobody asks for is told with the first refresh', async () => {
    const problems: string[] = [];
    const registry = await registryWith([document()]);
    await activateSchema(registry, 'shop.broken.v1', broken);
    const { clock, eventTypes } = await view(registry, problems);
    clock.advance(2_000);
    eventTypes.refreshIfStale();
    await settled();
    expect(problems).toEqual(['shop.broken.v1']);
  });

  test('one that nobody has asked for stays when another revision of it cannot be used', async () => {
    const problems: string[] = [];
    const registry = await registryWith([document({ a: { type: 'string' } })]);
    const { clock, eventTypes } = await view(registry, problems);
    await activateSchema(registry, type, broken);
    clock.advance(500);
    await eventTypes.refreshNow();
    expect([problems, eventTypes.get(type)?.revision]).toEqual([[type], 1]);
  });
});

describe('many types let requests through', () => {
  const many = Array.from({ length: 20 }, (_, at) => `shop.type-${at}.v1`);

  interface Watched {
    readonly eventTypes: EventTypes;
    /** Resolves when the last type is known. */
    readonly last: Promise<void>;
    publish(): Promise<void>;
  }

  async function requestsWhile(work: (watched: Watched) => Promise<void>) {
    const memory = createMemoryRegistry();
    await memory.publishSdksUpload(testSdks, '1');
    const publish = async () => {
      for (const each of many) await activate(memory, document({}, each));
      // Told when it is read.
      await activateSchema(memory, 'shop.zz-last.v1', { type: 'array' });
    };
    let nowMillis = 0;
    // Every look at the clock finds it a good while later.
    const clock = { ...createManualClock(), nowMillis: () => (nowMillis += 4) };
    const { promise: last, resolve } = Promise.withResolvers<void>();
    const intervals = { minForcedRefreshMillis: 0, maxStalenessMillis: 0 };
    const eventTypes = makeEventTypes({ registry: memory, clock, ...intervals, onProblem: () => resolve() });
    let requests = 0;
    let working = true;
    const request = () => {
      requests++;
      if (working) setImmediate(request);
    };
    setImmediate(request);
    await work({ eventTypes, publish, last });
    working = false;
    expect(many.every((each) => eventTypes.get(each) !== undefined)).toBe(true);
    return requests;
  }

  test('where a refresh brings them', async () => {
    const requests = await requestsWhile(async ({ eventTypes, publish, last }) => {
      await eventTypes.refreshNow();
      await publish();
      await eventTypes.refreshNow();
      await last;
    });
    expect(requests).toBeGreaterThan(5);
  });

  test('where they came first, with the first refresh', async () => {
    const requests = await requestsWhile(async ({ eventTypes, publish, last }) => {
      await publish();
      await eventTypes.refreshNow();
      eventTypes.refreshIfStale();
      await last;
    });
    expect(requests).toBeGreaterThan(5);
  });
});

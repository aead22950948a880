import { beforeEach, describe, expect, test } from 'vitest';
import type { Rejection } from '../../../shared/client/core/judge.ts';
import type { SenderState } from '../../../shared/client/core/teller.ts';
import { makeWorld, type World } from '../../helpers/client-world.ts';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

let world: World;
beforeEach(() => {
  world = makeWorld();
});

const types = () => [...world.received.values()].map(({ event }) => event.type);

describe('a sealed batch', () => {
  test.each(['lost-request', 'lost-answer', 'error', 'error-stored', 'portal', 'proxy-refusal'] as const)(
    'is sent again after %s, the same to the byte, also by the next process',
    async (mode) => {
      world.mode = mode;
      const client = world.start();
      for (const at of [1, 2, 3]) client.track('shop.order.v1', { at });
      await world.advance(20 * second);
      expect(world.bodies.length).toBeGreaterThan(2);
      world.start();
      world.mode = 'well';
      await world.advance(hour);
      expect(new Set(world.bodies).size).toBe(1);
      expect(world.received.size).toBe(3);
      expect(world.stored().size()).toEqual({ events: 0, bytes: 0 });
    },
  );

  test('waits longer with every failure, to hours', async () => {
    world.mode = 'offline';
    world.start().track('shop.order.v1', {});
    await world.advance(hour);
    const inFirstHour = world.bodies.length;
    await world.advance(10 * hour);
    expect(inFirstHour).toBeGreaterThan(6);
    expect(inFirstHour).toBeLessThan(40);
    expect(world.bodies.length - inFirstHour).toBeLessThan(60);
  });

  test('obeys Retry-After, also when somebody flushes', async () => {
    world.mode = 'busy';
    const client = world.start();
    client.track('shop.order.v1', {});
    await world.advance(100);
    world.mode = 'well';
    client.flush();
    await world.advance(3 * second);
    expect(world.bodies).toHaveLength(1);
    await world.advance(2 * second);
    expect(world.received.size).toBe(1);
  });

  test('is halved where it is too large, and transient events of a 200 go again alone', async () => {
    world.mode = 'small';
    const client = world.start();
    for (let at = 0; at < 5; at++) client.track(`shop.order-${at}.v1`, {});
    await world.advance(minute);
    expect(types().sort()).toEqual([0, 1, 2, 3, 4].map((at) => `shop.order-${at}.v1`));
    expect(world.bodies.map((body) => JSON.parse(body).length)).toEqual([5, 3, 2, 2, 1].sort(() => 0));
    world.mode = 'some-transient';
    for (let at = 5; at < 8; at++) client.track(`shop.order-${at}.v1`, {});
    await world.advance(minute);
    expect(world.bodies.slice(5).map((body) => JSON.parse(body).length)).toEqual([3, 1]);
    expect(world.received.size).toBe(8);
  });
});

describe('events that cannot pass', () => {
  test('go to the callback, and nothing waits for them', async () => {
    world.refusedTypes.add('shop.bad.v1');
    const client = world.start();
    const rejections: Rejection[] = [];
    client.on('rejected', (told) => rejections.push(...told.rejections));
    client.track('shop.bad.v1', {});
    client.track('shop.order.v1', {});
    await world.advance(minute);
    expect(rejections).toMatchObject([{ type: 'shop.bad.v1', reason: 'schema' }]);
    expect(types()).toEqual(['shop.order.v1']);
    expect(client.counts()).toEqual({ queued: 2, sent: 1, rejected: 1, dropped: 0 });
  });

  test('hold neither later events up, nor for long those of their own batch', async () => {
    for (const at of [0, 1, 2]) world.fatalTypes.add(`shop.fatal-${at}.v1`);
    const client = world.start();
    for (const at of [0, 1, 2]) client.track(`shop.fatal-${at}.v1`, {});
    for (let at = 0; at < 20; at++) client.track(`shop.order-${at}.v1`, {});
    await world.advance(100);
    client.track('shop.later.v1', {});
    await world.advance(30 * second);
    expect(types()).toContain('shop.later.v1');
    await world.advance(12 * hour);
    expect(types().filter((type) => type.startsWith('shop.order'))).toHaveLength(20);
    expect(world.stored().size().events).toBe(3);
    // Not for long either, when nothing but they was tried for hours.
    client.track('shop.much-later.v1', {});
    await world.advance(3 * minute);
    expect(types()).toContain('shop.much-later.v1');
    // What is given up in the end is counted and told.
    await world.advance(27 * 24 * hour);
    const reports = [...world.received.values()].filter(({ event }) => event.type === 'edi.events-dropped.v1');
    const dropped = reports.flatMap(({ event }) => event.data.dropped ?? []);
    expect(dropped.map(({ type, reason }) => `${reason} ${type}`).sort()).toEqual([
      'age shop.fatal-0.v1',
      'age shop.fatal-1.v1',
      'age shop.fatal-2.v1',
    ]);
  });
});

describe('a key that may not send', () => {
  test('pauses and keeps, and says so', async () => {
    world.mode = 'unauthorized';
    const client = world.start();
    const states: SenderState[] = [];
    client.on('state', ({ state }) => states.push(state));
    client.track('shop.order.v1', {});
    await world.advance(50 * second);
    expect(world.bodies).toHaveLength(1);
    expect(states.at(-1)).toMatchObject({ kind: 'refused', status: 401 });
    await world.advance(24 * hour);
    expect(world.bodies.length).toBeLessThan(60);
    world.mode = 'well';
    client.flush();
    await world.advance(second);
    expect(world.received.size).toBe(1);
  });
});

describe('the policy', () => {
  const strict = {
    retry: { initialDelayMillis: 1_000, maxDelayMillis: hour, multiplier: 2, jitter: 0, giveUpAfterDays: 2 },
    limits: { maxRequestEvents: 2, maxBodyBytes: 400 },
  };

  test('is the last that was answered, also for the next process', async () => {
    world.policy = strict;
    world.start().track('shop.first.v1', {});
    await world.advance(second);
    world.policy = undefined;
    const client = world.start();
    for (let at = 0; at < 5; at++) client.track('shop.order.v1', {});
    await world.advance(second);
    expect(world.bodies.slice(1).map((body) => JSON.parse(body).length)).toEqual([2, 2, 1]);
    world.mode = 'offline';
    client.track('shop.late.v1', {});
    await world.advance(49 * hour);
    expect(client.counts().dropped).toBe(1);
  });

  test('that makes no sense changes nothing', async () => {
    world.policy = { retry: { initialDelayMillis: -1, maxDelayMillis: 'never' }, limits: null };
    const client = world.start();
    client.track('shop.order.v1', {});
    await world.advance(second);
    world.mode = 'offline';
    client.track('shop.order.v1', {});
    await world.advance(minute);
    expect(world.bodies.length).toBeLessThan(30);
  });
});

import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import { defaultIngestConfig } from '../../../functions/ingest/config.ts';
import { policyOf } from '../../../functions/ingest/policy.ts';
import type { Client, Tracked } from '../../../shared/client/core/client.ts';
import { builtInPolicy } from '../../../shared/client/core/settings.ts';
import { makeWorld, type World } from '../../helpers/client-world.ts';

const second = 1_000;

let world: World;
beforeEach(() => {
  world = makeWorld();
});

const events = () => [...world.received.values()].map(({ event }) => event);

async function told(tracked: readonly Promise<Tracked>[]): Promise<Tracked[]> {
  const results: Tracked[] = [];
  for (const promise of tracked) promise.then((result) => results.push(result));
  await world.advance(second);
  return results;
}

describe('track', () => {
  test('gives an event its identity when it is made', async () => {
    const client = world.start();
    const trackedMillis = world.nowMillis();
    const data = { artist: 'first' };
    const [result] = await told([client.track('shop.order.v1', data, { subject: 'customer-1' })]);
    data.artist = 'second';
    const [event] = events();
    expect(event).toMatchObject({
      specversion: '1.0',
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      source: expect.stringMatching(/^urn:/),
      time: new Date(trackedMillis).toISOString(),
      subject: 'customer-1',
      sequence: 0,
      data: { artist: 'first' },
    });
    expect(result).toEqual({ kind: 'kept', id: event?.id, durability: 'process-death' });
  });

  test('never throws, and says what is no event', async () => {
    const client = world.start();
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    const wild = client as Client<Record<string, unknown>>;
    const results = await told([
      wild.track('shop.order.v1', circle),
      wild.track('shop.order.v1', { big: 1n }),
      wild.track('shop.order.v1', undefined),
      wild.track('shop.order.v1', { text: 'x'.repeat(1_048_576) }),
      wild.track('shop.order.v1', {}, null as never),
      wild.put(null as never),
      wild.put({ id: '1', source: 'file', type: 'shop.order.v1' }, null as never),
    ]);
    expect(results.map((one) => (one.kind === 'dropped' ? one.reason : one.kind))).toEqual([
      'data',
      'data',
      'data',
      'size',
      'data',
      'kept',
      'kept',
    ]);
    await world.advance(second);
    // And these losses are reported like others.
    const reports = events().filter(({ type }) => type === 'edi.events-dropped.v1');
    expect(reports.flatMap(({ data }) => data.dropped)).toEqual([
      { type: 'shop.order.v1', reason: 'data', count: 3 },
      { type: 'shop.order.v1', reason: 'size', count: 1 },
      { type: 'undefined', reason: 'data', count: 1 },
    ]);
  });

  test('counts what has no type, or one without end, so that its report can be taken', async () => {
    const wild = world.start() as Client<Record<string, unknown>>;
    await told([wild.track('x'.repeat(1_000), undefined), wild.track(undefined as never, undefined)]);
    await world.advance(second);
    const schema = readFileSync(new URL('../../../schemas/edi/events-dropped.v1.json', import.meta.url), 'utf8');
    expect(JSON.parse(schema).properties.dropped.items.properties.type.maxLength).toBe(256);
    const types = events().flatMap(({ data }) => data.dropped?.map(({ type }) => type));
    expect(types).toEqual(['x'.repeat(256), 'undefined']);
  });

  test('survives listeners that throw', async () => {
    const client = world.start();
    client.on('queued', () => {
      throw new Error('of the page');
    });
    expect(await told([client.track('shop.order.v1', {})])).toMatchObject([{ kind: 'kept' }]);
    expect(events()).toHaveLength(1);
  });

  test('keeps in memory what the storage cannot take, says so, and sends it without a number', async () => {
    const client = world.start();
    await told([client.track('shop.order.v1', {})]);
    world.isStorageBroken = true;
    expect(await told([client.track('shop.order.v1', {})])).toMatchObject([{ kind: 'kept', durability: 'memory' }]);
    world.isStorageBroken = false;
    await told([client.track('shop.order.v1', {})]);
    expect(events().map(({ sequence }) => sequence)).toEqual([0, undefined, 1]);
    expect(new Set(events().map(({ source }) => source)).size).toBe(1);
  });

  test('sends what it keeps when storage that was full as it began has room again', async () => {
    world.isStorageBroken = true;
    const client = world.start();
    expect(await told([client.track('shop.order.v1', {})])).toMatchObject([{ kind: 'kept', durability: 'memory' }]);
    world.isStorageBroken = false;
    expect(await told([client.track('shop.order.v1', {})])).toMatchObject([{ durability: 'process-death' }]);
    expect(events().map(({ sequence }) => sequence)).toEqual([undefined, 0]);
  });

  test('after close keeps nothing', async () => {
    const client = world.start();
    client.track('shop.order.v1', {});
    client.close();
    expect(await told([client.track('shop.order.v1', {})])).toEqual([{ kind: 'refused', reason: 'closed' }]);
    expect(events()).toHaveLength(1);
  });
});

test('whoever closes a client that is closing waits as long', async () => {
  const client = world.start();
  client.track('shop.order.v1', {});
  let closed = 0;
  for (const _ of [1, 2]) client.close().then(() => closed++);
  // Neither waits for anything but a turn before its first step on the storage.
  await Promise.resolve();
  await Promise.resolve();
  expect(closed).toBe(0);
  await world.advance(second);
  expect(closed).toBe(2);
  expect(events()).toHaveLength(1);
});

describe('a queue that is full', () => {
  test('gives up the lowest priority, the oldest first, and reports each', async () => {
    // Nothing of a batch is given up, and here none is made yet.
    const client = world.start({ maxEvents: 3, lingerMillis: 60_000 });
    await world.advance(second);
    const track = (name: string, priority: 'low' | 'normal' | 'high') =>
      told([client.track(`shop.${name}.v1`, {}, { priority })]);
    await track('low-1', 'low');
    await track('low-2', 'low');
    await track('high', 'high');
    await track('normal', 'normal');
    expect(await track('low-3', 'low')).toMatchObject([{ kind: 'kept' }]);
    expect(await track('high-2', 'high')).toMatchObject([{ kind: 'kept' }]);
    expect(await track('low-4', 'low')).toEqual([{ kind: 'dropped', reason: 'count' }]);
    client.flush();
    await world.advance(5 * second);
    const types = events().map(({ type }) => type);
    expect(types.slice(0, 3).sort()).toEqual(['shop.high-2.v1', 'shop.high.v1', 'shop.normal.v1']);
    expect(types.slice(3)).toEqual(['edi.events-dropped.v1']);
    expect(events()[3]?.data).toEqual({
      dropped: ['low-1', 'low-2', 'low-3', 'low-4'].map((name) => ({
        type: `shop.${name}.v1`,
        reason: 'count',
        count: 1,
      })),
    });
  });

  test('is sent without a pause where storage has no room for the report of what it gave up', async () => {
    world.mode = 'offline';
    const client = world.start({ maxEvents: 3, oneSubject: true, lingerMillis: 60_000 });
    await told(['a', 'b', 'c', 'd', 'e'].map((subject) => client.track('shop.order.v1', {}, { subject })));
    world.isStorageFull = true;
    world.mode = 'well';
    client.flush();
    await world.advance(5 * second);
    expect(events().map(({ type }) => type)).toEqual(Array(3).fill('shop.order.v1'));
    world.isStorageFull = false;
    await world.advance(120 * second);
    expect(events().at(-1)).toMatchObject({ data: { dropped: [{ reason: 'count', count: 2 }] } });
  });

  test('counts bytes, too', async () => {
    world.mode = 'offline';
    const client = world.start({ maxBytes: 2_000 });
    const results = await told(
      Array.from({ length: 3 }, () => client.track('shop.order.v1', { text: 'é'.repeat(600) })),
    );
    expect(results.filter(({ kind }) => kind === 'kept')).toHaveLength(1);
    expect(client.counts().dropped).toBe(2);
  });
});

describe('data subjects', () => {
  test('with a token share no batch, and the token goes beside their events', async () => {
    world.mode = 'offline';
    const client = world.start({ subjectToken: 'token-a' });
    client.track('shop.order.v1', {}, { subject: 'a' });
    client.track('shop.order.v1', {}, { subject: 'a' });
    client.setSubjectToken('token-b');
    client.track('shop.order.v1', {}, { subject: 'b' });
    client.setSubjectToken(undefined);
    client.track('shop.order.v1', {}, { subject: 'c' });
    client.track('shop.order.v1', {}, { subject: 'd' });
    await world.advance(5);
    world.mode = 'well';
    await world.advance(60 * second);
    const sent = world.bodies.map((body, at) => {
      const subjects = JSON.parse(body).map(({ subject }: { subject: string }) => subject);
      return `${world.tokens[at]} ${subjects.join()}`;
    });
    expect([...new Set(sent)].sort()).toEqual(['token-a a,a', 'token-b b', 'undefined c,d']);
  });

  test('share none in browsers either', async () => {
    const client = world.start({ oneSubject: true });
    for (const subject of ['a', 'b', 'a']) client.track('shop.order.v1', {}, { subject });
    await world.advance(second);
    expect(world.bodies.map((body) => JSON.parse(body).length)).toEqual([2, 1]);
  });
});

test('an event with an identity of its own is sent as it is', async () => {
  const client = world.start();
  const event = {
    specversion: '1.0',
    id: '1',
    source: 'file',
    type: 'shop.order.v1',
    time: '2026-01-01T00:00:00Z',
    data: {},
  };
  expect(await told([client.put(event)])).toMatchObject([{ kind: 'kept', id: '1' }]);
  expect(events()).toEqual([event]);
});

test('the built-in policy is that of the receiver', () => {
  const { retry, limits }: { retry?: object; limits?: object } = policyOf(defaultIngestConfig, undefined);
  expect({ ...retry, ...limits }).toMatchObject(builtInPolicy);
});

test('a type that nobody knows, or data of another shape, does not compile', async () => {
  interface Events {
    readonly 'shop.order.v1': { readonly amount: number };
  }
  const client = world.start() as Client<object> as Client<Events>;
  await told([
    client.track('shop.order.v1', { amount: 1 }),
    // @ts-expect-error: no such type
    client.track('shop.visit.v1', { amount: 1 }),
    // @ts-expect-error: no such data
    client.track('shop.order.v1', { amount: 'one' }),
  ]);
  // What does not compile is taken all the same: the receiver judges it.
  expect(events()).toHaveLength(3);
});

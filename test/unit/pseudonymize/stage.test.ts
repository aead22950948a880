import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../shared/event/json.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import { duplicate, forwarded, sealAt, startMillis } from '../../helpers/batches.ts';
import { pseudonymizeWorld } from '../../helpers/pseudonymize-world.ts';
import { activate, schemaDocument } from '../../helpers/schemas.ts';

const type = 'shop.order.v1';
const seal = sealAt(startMillis, 1);
const order = (properties: JsonObject = { amount: { type: 'integer' } }) => schemaDocument({ properties, open: true });

describe('keys come before anything is published', () => {
  test.each(['read', 'createMissing'])('a key store that fails at %s holds the whole batch back', async (failing) => {
    let down = true;
    const world = await pseudonymizeWorld({
      schemas: [order()],
      recordsGate: (operation) => {
        if (down && operation === failing) throw new Unavailable('subject-keys', 'down as told');
      },
    });
    const segments = [[{ id: 'a' }, { id: 'b', source: 'installation-2' }, { id: 'bad', data: { amount: 'x' } }]];
    await expect(world.deliver({ seal, segments })).rejects.toThrow(Unavailable);
    expect(world.publisher.published).toEqual([]);
    down = false;
    expect(await world.deliver({ seal, segments }, 'second')).toBe('done');
    expect([world.rowsOf(type).length, world.quarantined().length]).toEqual([2, 1]);
  });

  test('two batches that meet a new subject at once get one key', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let reads = 0;
    const world = await pseudonymizeWorld({
      schemas: [order()],
      recordsGate: async (operation) => {
        if (operation === 'read' && ++reads === 2) resolve();
        if (operation === 'read' && reads <= 2) await promise;
      },
    });
    const segments = [[{ id: 'a' }]];
    await Promise.all([world.deliver({ seal, segments }), world.deliver({ seal: sealAt(startMillis, 2), segments })]);
    const sources = world.rowsOf(type).map((row) => row['source']);
    expect(sources[0]).toBe(sources[1]);
    expect(await world.reveal({ realm: 'source', subject: 'installation-1' }, sources[0])).toBe('installation-1');
  });
});

test('a publisher that fails leaves the batch to a redelivery, which delivers the same rows', async () => {
  const world = await pseudonymizeWorld({ schemas: [order()] });
  const batch = { seal, segments: [[{ id: 'a', data: { amount: 1 } }]] };
  world.publisher.failNext(1, 'stored');
  await expect(world.deliver(batch)).rejects.toThrow(Unavailable);
  expect(world.counts.get('delivered')).toBeUndefined();
  expect(await world.deliver(batch)).toBe('done');
  const [first, again] = world.rowsOf(type);
  expect(again).toEqual(first);
});

describe('an event that can never become a row, in the second line', () => {
  test('goes to quarantine with its seal, and the rest is delivered', async () => {
    const world = await pseudonymizeWorld({ schemas: [order()] });
    const bad = { id: 'alice', source: 'alice', subject: 'alice', data: { amount: 'alice@example.com' } };
    const segments = [
      [{ id: 'a', data: { amount: 1 } }, bad, { id: 'c', data: { amount: 3 } }],
      [{ id: 'd', data: [] }],
    ];
    expect(await world.deliver({ seal, segments, receivedAtMillis: startMillis + 1 }, 'second')).toBe('done');
    expect(world.rowsOf(type).map((row) => row['data'])).toEqual([{ amount: 1 }, { amount: 3 }]);
    const [first, second] = world.quarantined();
    expect(first?.row).toEqual({
      record_key: expect.any(String),
      identity_key: expect.any(String),
      seal,
      sequence: 1,
      events: 1,
      kept_time: expect.any(String),
      received_time: '2026-01-01T00:00:00.001000Z',
      sdk: 'web',
      stage: 'pseudonymize',
      reason: 'mapping',
      type,
      errors: [{ path: '', keyword: 'mapping' }],
      enc: expect.any(String),
      enc_sequence: 0,
      payload: expect.any(String),
    });
    expect(JSON.parse(first?.payload ?? '')).toMatchObject({ id: 'alice', data: bad.data });
    expect(JSON.parse(second?.payload ?? '')).toMatchObject({ id: 'd' });
    for (const { data } of world.publisher.published) expect(Buffer.from(data).toString()).not.toContain('alice');
    expect(Object.fromEntries(world.counts)).toMatchObject({ delivered: 2, quarantined: 2 });
  });

  test('is acknowledged only when it is kept, and the rest goes on meanwhile', async () => {
    let down = true;
    const world = await pseudonymizeWorld({
      schemas: [order()],
      publishGate: (topic) => {
        if (down && topic === 'quarantine') throw new Unavailable('publisher', 'down as told');
      },
    });
    const segments = [[{ id: 'a' }, { id: 'b', data: { amount: 'x' } }]];
    expect(await world.deliver({ seal, segments }, 'second')).toBe('done');
    expect([world.rowsOf(type).length, world.quarantined().length]).toEqual([1, 0]);
    const [remainder] = world.remainders();
    if (remainder === undefined) throw new Error('nothing remained');
    await expect(world.deliverMessage(remainder, 'second')).rejects.toThrow(Unavailable);
    down = false;
    expect(await world.deliverMessage(remainder, 'second')).toBe('done');
    expect(world.quarantined().map(({ row }) => [row['seal'], row['reason']])).toEqual([[seal, 'mapping']]);
    expect([world.rowsOf(type).length, world.remainders().length]).toEqual([1, 1]);
  });

  test('is left alone when it is a duplicate', async () => {
    const world = await pseudonymizeWorld({ schemas: [order()] });
    const marks = [duplicate];
    expect(await world.deliver({ seal, segments: [[{ id: 'a', data: { amount: 'x' } }]], marks }, 'second')).toBe(
      'done',
    );
    expect(world.publisher.published).toEqual([]);
  });
});

describe('a newer schema revision than this instance knows', () => {
  const personal = order({ amount: { type: 'integer' }, mail: { type: 'string', treatment: { do: 'drop' } } });
  const segments = [[{ id: 'new', revision: 2, data: { mail: 'alice' } }, { id: 'old' }]];

  test('is asked for at once', async () => {
    const world = await pseudonymizeWorld({ schemas: [order()] });
    await activate(world.registry, personal);
    world.clock.advance(500);
    expect(await world.deliver({ seal, segments })).toBe('done');
    expect(world.rowsOf(type).map((row) => [row['schema_revision'], row['data']])).toEqual([
      [2, {}],
      [1, {}],
    ]);
  });

  test('waits, so that no old instance passes a value that it has no treatment for, and the rest goes on', async () => {
    const world = await pseudonymizeWorld({ schemas: [order()] });
    expect(await world.deliver({ seal, segments })).toBe('done');
    expect(world.rowsOf(type)).toHaveLength(1);
    const [remainder] = world.remainders();
    if (remainder === undefined) throw new Error('nothing remained');
    const before = world.publisher.published.length;
    for (let attempt = 1; attempt <= 100; attempt++) {
      expect(await world.deliverMessage(remainder)).toBe('schema-revision-missing');
    }
    expect(world.publisher.published).toHaveLength(before);
    await activate(world.registry, personal);
    world.clock.advance(500);
    expect(await world.deliverMessage(remainder)).toBe('done');
    expect(world.rowsOf(type).map((row) => row['schema_revision'])).toEqual([1, 2]);
  });

  test('is set aside in the second line, and the rest goes on', async () => {
    const world = await pseudonymizeWorld({ schemas: [order()] });
    expect(await world.deliver({ seal, segments }, 'second')).toBe('done');
    expect(world.rowsOf(type)).toHaveLength(1);
    const [kept, ...others] = world.quarantined();
    expect(others).toEqual([]);
    expect(kept?.row).toMatchObject({ seal, reason: 'revision', stage: 'pseudonymize' });
    expect(JSON.parse(kept?.payload ?? '')).toMatchObject({ id: 'new', data: { mail: 'alice' } });
  });

  test('is never set aside because the registry cannot be asked', async () => {
    const world = await pseudonymizeWorld({ schemas: [order()] });
    world.registry.read = () => Promise.reject(new Unavailable('registry', 'does not answer'));
    world.clock.advance(500);
    expect(await world.deliver({ seal, segments }, 'second')).toBe('done');
    const [remainder] = world.remainders();
    if (remainder === undefined) throw new Error('nothing remained');
    expect(await world.deliverMessage(remainder, 'second')).toBe('registry-unavailable');
    expect([world.rowsOf(type).length, world.quarantined().length]).toEqual([1, 0]);
  });

  test('of a type that is not known at all is the same', async () => {
    const world = await pseudonymizeWorld({ schemas: [] });
    const unknown = [[{ id: 'a', type: 'shop.new.v1' }]];
    expect(await world.deliver({ seal, segments: unknown })).toBe('schema-revision-missing');
    expect(world.publisher.published).toEqual([]);
    expect(await world.deliver({ seal, segments: unknown }, 'second')).toBe('done');
    expect(world.quarantined()).toHaveLength(1);
  });
});

describe('a message that is no batch', () => {
  test.each<[string, JsonObject]>([
    ['without marks', { marks: '' }],
    ['with too few marks', { marks: '1' }],
  ])('%s is retried', async (_what, attributes) => {
    const world = await pseudonymizeWorld({ schemas: [order()] });
    const marks = String(attributes['marks'])
      .split('')
      .map(() => duplicate);
    expect(await world.deliver({ seal, segments: [[{ id: 'a' }, { id: 'b' }]], marks })).toBe('unreadable: marks');
    expect(world.publisher.published).toEqual([]);
  });
});

test('a fresh event behind a duplicate keeps its own payload', async () => {
  const world = await pseudonymizeWorld({ schemas: [schemaDocument({ properties: { amount: { type: 'integer' } } })] });
  const events = [
    { id: 'old', data: { amount: 1 } },
    { id: 'new', data: { amount: 2 } },
  ];
  await world.deliver({ seal, segments: [events], marks: [duplicate, forwarded] });
  expect(world.rowsOf('shop.order.v1').map((row) => row['data'])).toEqual([{ amount: 2 }]);
});

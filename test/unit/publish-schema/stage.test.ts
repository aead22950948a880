import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../shared/event/json.ts';
import { readSnapshot } from '../../../shared/event-types/snapshot.ts';
import { goodSchema, orderObject, publishWorld, text } from '../../helpers/publish-world.ts';
import { testSdks } from '../../helpers/schemas.ts';

const done = { kind: 'done' };
const waits = { kind: 'retry', reason: 'schema-waits' };

async function worldWithOrder() {
  const world = await publishWorld();
  world.deploy(goodSchema({ a: text(), b: text() }));
  expect(await world.upload(orderObject, goodSchema({ a: text() }))).toEqual(done);
  return world;
}

describe('an upload that fits', () => {
  test('is in use afterwards, and in the snapshot', async () => {
    const world = await worldWithOrder();
    expect(await world.attempt()).toMatchObject({ outcome: 'activated', revision: 1, reasons: [] });
    const snapshot = await readSnapshot(world.snapshots);
    expect(snapshot?.revisions).toMatchObject([{ type: 'shop.order.v1', revision: 1 }]);
    expect(await world.registry.read(snapshot?.version)).toBe('unchanged');
  });

  test('becomes the next revision of its type', async () => {
    const world = await worldWithOrder();
    await world.upload(orderObject, goodSchema({ a: text(), b: text() }));
    expect(await world.attempt()).toMatchObject({ outcome: 'activated', revision: 2 });
  });

  test('is one revision however often it is told of, and uploaded', async () => {
    const world = await worldWithOrder();
    const generation = await world.store(orderObject, goodSchema({ a: text() }));
    for (let delivery = 0; delivery < 3; delivery++) await world.stage(world.notification(orderObject, generation));
    expect(await world.attempt()).toMatchObject({ outcome: 'unchanged', revision: 1 });
  });

  test('is found published by the notification of an earlier upload', async () => {
    const world = await publishWorld();
    world.deploy(goodSchema({ a: text(), b: text() }));
    const first = await world.store(orderObject, goodSchema({ a: text() }));
    const second = await world.store(orderObject, goodSchema({ a: text(), b: text() }));
    await world.stage(world.notification(orderObject, second));
    await world.stage(world.notification(orderObject, first));
    expect((await world.registry.publishedType('shop.order.v1')).active?.revision).toBe(1);
    expect(await world.attempt()).toMatchObject({ generation: second, outcome: 'activated' });
  });

  test('leaves one winner without a gap when two race', async () => {
    const world = await worldWithOrder();
    await Promise.all([
      world.upload(orderObject, goodSchema({ a: text(), b: text() })),
      world.upload(orderObject, goodSchema({ a: text(), b: text('Another text.') })),
    ]);
    const { active } = await world.registry.publishedType('shop.order.v1');
    const stored = Buffer.from((await world.schemas.get(orderObject))?.data ?? []).toString('utf8');
    expect(active?.schema).toEqual(JSON.parse(stored));
    expect([2, 3]).toContain(active?.revision);
  });
});

describe('refused, with what is in use left alone', () => {
  const refusals: Record<string, { content: JsonObject | Uint8Array; reason: RegExp }> = {
    'what is not JSON': { content: Buffer.from('{"edi": '), reason: /not JSON/ },
    'what is not UTF-8': { content: Uint8Array.from([0xff, 0xfe, 0x00]), reason: /not UTF-8/ },
    'JSON that is no object': { content: Buffer.from('[]'), reason: /one JSON object/ },
    'ten megabytes': { content: new Uint8Array(10_000_000), reason: /larger than 1000000 bytes/ },
    'another type than the name says': {
      content: goodSchema({ a: text() }, {}, 'shop.cart.v1'),
      reason: /the file's name says shop.order.v1/,
    },
    'no edi block': { content: { type: 'object', additionalProperties: false }, reason: /edi/ },
    'a property that looks personal': {
      content: goodSchema({ a: text(), email: { type: 'string', description: 'Where to write.' } }),
      reason: /personal/,
    },
    'a pattern that can block the server': {
      content: goodSchema({ a: text(), b: { ...text(), pattern: '^(a+)+$' } }),
      reason: /pattern-slow/,
    },
    'what no validator can be made of, also where nothing else is wrong than a warning': {
      content: goodSchema({ a: text(), b: { description: 'Anything.', $dynamicRef: '#a' } }),
      reason: /a validator cannot be made of it: /,
    },
    'a required property more': { content: { ...goodSchema({ a: text() }), required: ['a'] }, reason: /required/ },
    'a property less': { content: goodSchema({}), reason: /lose the column/ },
    'a treatment that changes': {
      content: goodSchema({
        a: { type: 'string', description: 'A text.', maxLength: 100, treatment: { do: 'pseudonymize' } },
      }),
      reason: /treatment/,
    },
    'another type of value': {
      content: goodSchema({ a: { type: 'integer', description: 'A number.' } }),
      reason: /STRING NULLABLE and would become INT64/,
    },
  };
  test.each(Object.entries(refusals))('%s', async (_, { content, reason }) => {
    const world = await worldWithOrder();
    const before = await world.registry.read();
    expect(await world.upload(orderObject, content)).toEqual(done);
    const attempt = await world.attempt();
    expect(attempt).toMatchObject({ outcome: 'refused', object: orderObject });
    expect(attempt?.reasons.map(({ message }) => message).join('\n')).toMatch(reason);
    expect(await world.registry.read()).toEqual(before);
  });

  test.each(['../escaped.v1.json', 'shop/../../x.v1.json', 'shop/order.json', 'order.v1.json', 'shop/Order.v1.json'])(
    'an object called %s',
    async (object) => {
      const world = await publishWorld();
      expect(await world.stage(world.notification(object, '1'))).toEqual(done);
      expect(await world.attempt('other')).toMatchObject({ outcome: 'refused', object });
    },
  );

  test('a type that would share the table of another', async () => {
    const world = await publishWorld();
    const first = goodSchema({ a: text() }, {}, 'shop-order.made.v1');
    const second = goodSchema({ a: text() }, {}, 'shop.order-made.v1');
    world.deploy(first);
    await world.upload('shop-order/made.v1.json', first);
    await world.upload('shop/order-made.v1.json', second);
    expect((await world.attempt('shop.order-made.v1'))?.reasons[0]?.message).toMatch(
      /shop-order.made.v1 has the table/,
    );
    expect((await world.registry.publishedType('shop.order-made.v1')).active).toBeUndefined();
  });

  test('an upload that is older than what is in use', async () => {
    const world = await worldWithOrder();
    const schema = goodSchema({ a: text(), b: text() });
    const later = { type: 'shop.order.v1', schema, generation: '9999', checkedAgainst: 1, clashesWith: () => false };
    await world.registry.activateUpload(later, 0);
    await world.upload(orderObject, goodSchema({ a: text(), b: text('Older.') }));
    expect((await world.attempt())?.reasons[0]?.message).toMatch(/later upload/);
    expect((await world.registry.publishedType('shop.order.v1')).active?.schema).toEqual(schema);
  });

  test('a table whose column has another type', async () => {
    const world = await publishWorld();
    world.deploy(goodSchema({ a: { type: 'integer', description: 'A number.' } }));
    expect(await world.upload(orderObject, goodSchema({ a: text() }))).toEqual(done);
    expect((await world.attempt())?.reasons).toEqual([
      { pointer: '', message: "the table's column data.a is INT64, and the schema makes it STRING" },
    ]);
  });
});

describe('waits', () => {
  test('for the table, then for its columns, and is in use when they are there', async () => {
    const world = await publishWorld();
    const schema = goodSchema({ a: text(), b: text() });
    const message = world.notification(orderObject, await world.store(orderObject, schema));
    expect(await world.stage(message)).toEqual(waits);
    expect(await world.attempt()).toMatchObject({
      outcome: 'waiting',
      reasons: [{ message: 'there is no table events_raw.shop_order_v1 yet' }],
    });
    world.deploy(goodSchema({ a: text() }));
    expect(await world.stage(message)).toEqual(waits);
    expect((await world.attempt())?.reasons[0]?.message).toBe('events_raw.shop_order_v1 has no column data.b yet');
    world.deploy(schema);
    expect(await world.stage(message)).toEqual(done);
    expect(await world.attempt()).toMatchObject({ outcome: 'activated', revision: 1 });
  });

  test('in alpha for nothing but the shared table, and with promotion for a table of its own', async () => {
    const world = await publishWorld();
    const inStage = (stage: string) => goodSchema({ a: text() }, { stage });
    expect(await world.upload(orderObject, inStage('alpha'))).toEqual(waits);
    expect((await world.attempt())?.reasons[0]?.message).toBe('there is no table events_raw.alpha yet');
    world.deploy(inStage('alpha'));
    expect(await world.upload(orderObject, inStage('alpha'))).toEqual(done);
    expect(await world.attempt()).toMatchObject({ outcome: 'activated', revision: 1 });
    expect(await world.upload(orderObject, inStage('beta'))).toEqual(waits);
    expect((await world.attempt())?.reasons[0]?.message).toBe('there is no table events_raw.shop_order_v1 yet');
    world.deploy(inStage('beta'));
    expect(await world.upload(orderObject, inStage('beta'))).toEqual(done);
    expect(await world.attempt()).toMatchObject({ outcome: 'activated', revision: 2 });
  });

  test('for an SDK binding that is published at the same time', async () => {
    const world = await publishWorld();
    const schema = goodSchema({ a: text() }, { sdks: ['kiosk'] });
    world.deploy(schema);
    expect(await world.upload(orderObject, schema)).toEqual(waits);
    const sdks = testSdks['sdks'];
    const withKiosk = {
      ...(typeof sdks === 'object' ? sdks : {}),
      kiosk: { namespace: 'people', origins: [], key: 'public' },
    };
    await world.registry.publishSdksUpload({ ...testSdks, sdks: withKiosk }, '2');
    expect(await world.upload(orderObject, schema)).toEqual(done);
  });

  test('no longer than it may, and is refused then', async () => {
    const world = await publishWorld({ maxWaitMinutes: 10 });
    const message = world.notification(orderObject, await world.store(orderObject, goodSchema({ a: text() })));
    expect(await world.stage(message)).toEqual(waits);
    world.clock.advance(10 * 60_000);
    expect(await world.stage(message)).toEqual(done);
    expect(await world.attempt()).toMatchObject({ outcome: 'refused' });
  });
});

describe('sdks.json', () => {
  const withDescriptions: JsonObject = {
    namespaces: { people: { description: 'People.', bucketWidthMillis: 86_400_000 } },
    sdks: { web: { description: 'The site.', namespace: 'people', origins: [], key: 'public' } },
  };

  test('a width that changes in one step is refused, with the step that is next', async () => {
    const world = await publishWorld();
    await world.upload('sdks.json', withDescriptions);
    const people = { description: 'People.', bucketWidthMillis: 3_600_000 };
    const narrow = { ...withDescriptions, namespaces: { people } };
    await world.upload('sdks.json', narrow);
    expect(await world.attempt('sdks.json')).toMatchObject({
      outcome: 'refused',
      reasons: [
        { pointer: '/namespaces/people', message: expect.stringContaining('"alsoReadBucketWidthMillis": 3600000') },
      ],
    });
  });

  test('a namespace of public and secret keys is refused, with what to do', async () => {
    const world = await publishWorld();
    const { web } = withDescriptions['sdks'] as JsonObject;
    const server: JsonObject = { namespace: 'people', origins: [], key: 'secret' };
    await world.upload('sdks.json', { ...withDescriptions, sdks: { web: web ?? {}, server } });
    expect(await world.attempt('sdks.json')).toMatchObject({
      outcome: 'refused',
      reasons: [{ pointer: '/sdks/server/namespace', message: expect.stringContaining('a namespace of their own') }],
    });
  });

  test('is published the same way', async () => {
    const world = await publishWorld();
    expect(await world.upload('sdks.json', withDescriptions)).toEqual(done);
    expect(await world.attempt('sdks.json')).toMatchObject({ outcome: 'activated' });
    expect((await readSnapshot(world.snapshots))?.sdks).toEqual(withDescriptions);
  });

  test('is refused without an SDK that may send an active type', async () => {
    const world = await worldWithOrder();
    await world.upload('sdks.json', { ...withDescriptions, sdks: {} });
    expect((await world.attempt('sdks.json'))?.reasons).toContainEqual({
      pointer: '/sdks',
      message: 'web may send shop.order.v1, and must stay',
    });
  });
});

test('what is no upload to the bucket is acknowledged and changes nothing', async () => {
  const world = await publishWorld();
  const message = world.notification(orderObject, '1');
  const attributes = [
    {},
    { ...message.attributes, eventType: 'OBJECT_DELETE' },
    { ...message.attributes, bucketId: 'another' },
    { ...message.attributes, objectGeneration: 'x' },
    message.attributes,
  ];
  for (const each of attributes) expect(await world.stage({ ...message, attributes: each })).toEqual(done);
  expect(await world.registry.attempts()).toEqual([]);
});

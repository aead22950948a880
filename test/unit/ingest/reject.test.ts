import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../shared/event/json.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import { type IngestWorld, orderEvent, type RequestBody, startIngest } from '../../helpers/ingest-world.ts';
import { activate, schemaDocument } from '../../helpers/schemas.ts';

const order = schemaDocument({
  properties: {
    amount: { type: 'number' },
    count: { type: 'integer' },
    people: { type: 'object', additionalProperties: { type: 'integer' } },
  },
  edi: { retentionDays: 30 },
});
const retired = schemaDocument({ type: 'shop.fax.v1', edi: { stage: 'retired' } });
const relayed = schemaDocument({ type: 'shop.relayed.v1', edi: { sdks: ['relay'] } });
const schemas = [order, retired, relayed];

let world: IngestWorld;
let registryDown = false;
beforeEach(async () => {
  registryDown = false;
  const registryGate = () => {
    if (registryDown) throw new Unavailable('registry', 'down as told');
  };
  world = await startIngest({ schemas, registryGate });
});
afterEach(() => world.close());

interface Answer {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: readonly {
    index: number;
    id: string | null;
    transient: boolean;
    reason: string;
    errors: JsonValue;
  }[];
}

async function answerTo(body: RequestBody, headers?: Record<string, string>): Promise<Answer> {
  const response = await world.post(body, headers);
  expect(response.status).toBe(200);
  return response.json() as Promise<Answer>;
}

const levels = 'at most 32 levels of objects and arrays, the event itself included';
const inBase64 = (data: JsonObject) => ({
  ...{ data: null, datacontenttype: 'application/json' },
  data_base64: Buffer.from(JSON.stringify(data)).toString('base64'),
});
const deep = (levels: number): JsonValue => (levels === 0 ? 1 : [deep(levels - 1)]);

describe('for good', () => {
  test.each<[string, JsonValue, string, string, string]>([
    ['no object', 5, 'envelope', '', 'type'],
    ['no id', orderEvent({ id: '' }), 'envelope', '/id', 'minLength'],
    ['a time that is none', orderEvent({ time: 'now' }), 'envelope', '/time', 'format'],
    ['no type of ours', orderEvent({ type: 'com.example.Thing' }), 'unknown-type', '/type', 'pattern'],
    ['an unknown type', orderEvent({ type: 'shop.other.v1' }), 'unknown-type', '/type', 'enum'],
    ['a retired type', orderEvent({ type: 'shop.fax.v1' }), 'retired-type', '/type', 'deprecated'],
    ['a type of another SDK', orderEvent({ type: 'shop.relayed.v1' }), 'sdk', '/type', 'sdks'],
    ['a time too far ahead', orderEvent({ time: '2026-01-02T00:00:01Z' }), 'time', '/time', 'maximum'],
    ['a time beyond the table', orderEvent({ time: '2025-12-01T23:59:59Z' }), 'time', '/time', 'minimum'],
    ['data that does not fit', orderEvent({ data: { amount: 'a' } }), 'schema', '/data/amount', 'type'],
    ['an undeclared property', orderEvent({ data: { alice: 1 } }), 'schema', '/data', 'additionalProperties'],
    ['an integer beyond 2^53', orderEvent({ data: { count: 2 ** 53 } }), 'number', '', 'number'],
    ['an undeclared integer beyond 2^53', orderEvent({ data: { alice: [2 ** 53 + 2] } }), 'number', '', 'number'],
    [
      'a double beyond 2^53 for an integer',
      orderEvent({ data: { count: 1e21 } }),
      'schema',
      '/data/count',
      'safeInteger',
    ],
    ['too deep a nesting', orderEvent({ data: { amount: deep(31) } }), 'nesting', '', 'nesting'],
    ['a lone surrogate', orderEvent({ data: { amount: '\ud800' } }), 'text', '', 'text'],
    ['too much text', orderEvent({ pad: 'x'.repeat(65_536) }), 'size', '', 'size'],
  ])('%s', async (_what, event, reason, path, keyword) => {
    const { accepted, rejected } = await answerTo([event]);
    const id = typeof event === 'object' ? 'e-1' : null;
    expect(accepted).toBe(0);
    expect(rejected).toMatchObject([
      { index: 0, transient: false, reason, errors: [{ path, keyword, expected: expect.stringMatching(/./) }] },
    ]);
    if (path !== '/id') expect(rejected[0]?.id).toBe(id);
    const [record] = world.quarantined();
    expect(record?.row).toMatchObject({ stage: 'ingest', reason, sdk: 'web', errors: [{ path, keyword }] });
    expect(record?.payload).toBe(JSON.stringify(event));
    expect(world.received()).toEqual([]);
  });

  test.each<[string, JsonValue, string]>([
    ['of the schema', orderEvent({ data: { amount: 'alice' } }), 'number'],
    ['a time too far ahead', orderEvent({ time: '2026-01-02T00:00:01Z' }), 'at most 24 hours ahead of the receiver'],
    ['too old a time', orderEvent({ time: '2025-12-01T00:00:00Z' }), 'at most 30 days old, as long as the table keeps'],
    ['an SDK', orderEvent({ type: 'shop.relayed.v1' }), 'the key of an SDK that the type lists: relay'],
    ['a size', orderEvent({ pad: 'x'.repeat(65_536) }), 'at most 65536 bytes of JSON'],
    ['a depth', orderEvent({ data: deep(40) }), levels],
    ['a depth inside base64', orderEvent(inBase64({ a: deep(40) })), levels],
    ['an attribute', orderEvent({ time: 'alice' }), 'a time with its offset (RFC 3339), such as 2026-11-29T12:00:00Z'],
    ['no object', 'alice', 'a JSON object'],
  ])('what was wanted is told, and is no part of the record: %s', async (_what, event, expected) => {
    const { rejected } = await answerTo([event]);
    expect(rejected).toMatchObject([{ errors: [{ expected }] }]);
    expect(JSON.stringify(rejected)).not.toContain('alice');
    expect(world.quarantined()[0]?.row['errors']).toEqual([{ path: expect.any(String), keyword: expect.any(String) }]);
  });

  test('the edges of time that are still taken', async () => {
    const times = ['2026-01-02T00:00:00Z', '2025-12-02T00:00:00Z'];
    expect(await answerTo(times.map((time) => orderEvent({ time })))).toMatchObject({ accepted: 2, rejected: [] });
  });

  test('numbers that overflow and keys that fool are found in the text', async () => {
    const event = JSON.stringify(orderEvent());
    const texts = [event.replace('"amount":1', '"amount":1e400'), event.replace('"amount":1', '"__proto__":{}')];
    const { rejected } = await answerTo(`[${texts.join(',')}]`);
    expect(rejected.map(({ reason }) => reason)).toEqual(['number', 'key']);
    expect(world.quarantined().map(({ payload }) => payload)).toEqual(texts);
  });

  test('a body of nothing but brackets', async () => {
    const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
    const { rejected } = await answerTo(`[{"a":${nested(200_000)}}]`);
    expect(rejected).toMatchObject([{ id: null, reason: 'size' }]);
    expect(await answerTo(`[{"a":${nested(10_000)}}]`)).toMatchObject({ rejected: [{ reason: 'nesting' }] });
    expect(await answerTo(nested(200_000))).toMatchObject({ rejected: [{ id: null, reason: 'envelope' }] });
  });

  describe('9: what is no JSON object', () => {
    test('is one record of a request, with its count, whatever it is; each is answered', async () => {
      const texts = ['1', '"{\\"id\\":\\"e-1\\"}"', 'null', '[1, 2]', '1e400', '"\\ud800"', '9007199254740993'];
      const body = `[ ${texts[0]}, ${JSON.stringify(orderEvent())}, ${texts.slice(1).join(' ,')} ]`;
      const { accepted, rejected } = await answerTo(body, { 'x-edi-sent-at': '2025-12-31T23:59:59Z' });
      expect(accepted).toBe(1);
      expect(rejected.map(({ index }) => index)).toEqual([0, 2, 3, 4, 5, 6, 7]);
      for (const each of rejected) {
        expect(each).toMatchObject({
          id: null,
          transient: false,
          reason: 'envelope',
          errors: [{ path: '', keyword: 'type' }],
        });
      }
      const [record, ...others] = world.quarantined();
      expect(others).toEqual([]);
      expect(record?.payload).toBe(`[${texts.join(',')}]`);
      expect(record?.row).toMatchObject({
        sequence: 0,
        events: texts.length,
        reason: 'envelope',
        errors: [{ path: '', keyword: 'type' }],
        sent_at: '2025-12-31T23:59:59.000000Z',
      });
      expect(record?.row).not.toHaveProperty('type');
      expect(world.observer.counts.get('rejected')).toBe(texts.length);
    });

    test('a thousand of it are one record, also as 37 bytes of gzip', async () => {
      const numbers = `[${'0,'.repeat(999)}0]`;
      const body = gzipSync(numbers, { level: 9 });
      expect(body.length).toBeLessThan(50);
      const { rejected } = await answerTo(new Uint8Array(body), { 'content-encoding': 'gzip' });
      expect(rejected).toHaveLength(1_000);
      expect(world.quarantined()).toMatchObject([{ payload: numbers, row: { events: 1_000 } }]);
    });

    test('beside refused events, which are records of their own under one encapsulation', async () => {
      await answerTo([5, orderEvent({ id: '' }), 6, orderEvent({ type: 'shop.other.v1' })]);
      const kept = world.quarantined().map(({ row, payload }) => [row['sequence'], row['events'], payload.slice(0, 1)]);
      expect(kept).toEqual([
        [1, 1, '{'],
        [3, 1, '{'],
        [0, 2, '['],
      ]);
      expect(new Set(world.quarantined().map(({ row }) => row['enc'])).size).toBe(1);
    });
  });

  test('an event is measured in bytes as it was sent, also in a body of many', async () => {
    const large = orderEvent({ id: 'e-2', pad: 'é'.repeat(32_700) });
    const { accepted, rejected } = await answerTo([orderEvent(), large]);
    expect([accepted, rejected.map(({ index }) => index)]).toEqual([1, [1]]);
  });

  test('an id that is no text of ours is not echoed, and half a surrogate pair is mended', async () => {
    const ids = ['x'.repeat(257), 5, 'a\ud800'];
    const { rejected } = await answerTo(ids.map((id) => orderEvent({ id })));
    expect(rejected.map(({ id }) => id)).toEqual([null, null, 'a\ufffd']);
  });
});

test('keeps the rest: accepted events are sealed in their order, as they were written', async () => {
  const good = [JSON.stringify(orderEvent()), `{"amount":1.10}`];
  const second = JSON.stringify(orderEvent({ id: 'e-3' })).replace('{"amount":1}', good[1] ?? '');
  const bad = JSON.stringify(orderEvent({ id: 'e-2', data: {}, time: 'never' }));
  const answer = await answerTo(`[${good[0]} ,\n${bad}, ${second} ]`);
  expect(answer).toMatchObject({ accepted: 2, duplicates: 0, rejected: [{ index: 1, id: 'e-2', transient: false }] });
  const [batch] = world.received();
  expect(batch?.texts).toEqual([`[${good[0]},${second}]`]);
  expect(batch?.index.entries.map(({ id }) => id)).toEqual(['e-1', 'e-3']);
});

test('a quarantine record shows no value of the event', async () => {
  const secret = 'alice@example.com';
  const events: JsonObject[] = [
    orderEvent({ id: secret, data: { people: { [secret]: secret } } }),
    orderEvent({ id: `${secret}2`, source: secret, subject: secret, data: { [secret]: 1 } }),
    orderEvent({ type: secret }),
    orderEvent({ time: secret }),
  ];
  const { rejected } = await answerTo(events);
  expect(rejected.map(({ reason, errors }) => [reason, errors])).toMatchObject([
    ['schema', [{ path: '/data/people/*', keyword: 'type' }]],
    ['schema', [{ path: '/data', keyword: 'additionalProperties' }]],
    ['unknown-type', [{ path: '/type', keyword: 'pattern' }]],
    ['envelope', [{ path: '/time', keyword: 'format' }]],
  ]);
  const records = world.quarantined();
  expect(records.map(({ payload }) => payload)).toEqual(events.map((event) => JSON.stringify(event)));
  for (const { text } of records) expect(text).not.toContain('alice');
  for (const { attributes } of world.publisher.published) expect(JSON.stringify(attributes)).not.toContain('alice');
  expect(JSON.stringify(world.observer.entries)).not.toContain('alice');
  expect(world.observer.entries).toMatchObject([
    {
      severity: 'WARNING',
      message: 'events rejected',
      fields: { reasons: { schema: 2, 'unknown-type': 1, envelope: 1 } },
    },
  ]);
  expect(new Set(records.map(({ row }) => row['seal'])).size).toBe(4);
  expect(records.map(({ row }) => row['type'])).toEqual(['shop.order.v1', 'shop.order.v1', undefined, 'shop.order.v1']);
  expect(records[0]?.row['received_time']).toBe('2026-01-01T00:00:00.000000Z');
});

test('the development key leaves the SDK of a refused event open', async () => {
  await answerTo([orderEvent({ type: 'shop.other.v1' })], { authorization: 'Bearer key-any' });
  expect(Object.keys(world.quarantined()[0]?.row ?? {})).not.toContain('sdk');
});

describe('an unknown type', () => {
  test('while the registry is down is to be sent again, and kept nowhere', async () => {
    registryDown = true;
    const { accepted, rejected } = await answerTo([orderEvent({ type: 'shop.new.v1' }), orderEvent()]);
    expect(accepted).toBe(1);
    expect(rejected).toEqual([{ index: 0, id: 'e-1', transient: true, reason: 'registry-unavailable', errors: [] }]);
    expect(world.quarantined()).toEqual([]);
    expect(world.observer.counts.get('retry-answered')).toBe(1);
  });

  test('is looked up, so that a type can be sent as soon as it is active', async () => {
    await activate(world.registry, schemaDocument({ type: 'shop.new.v1' }));
    expect(await answerTo([orderEvent({ type: 'shop.new.v1', data: {} })])).toMatchObject({ accepted: 1 });
  });
});

test('every event is in exactly one of accepted, duplicates and rejected, and stored where the answer says', async () => {
  const event = fc.oneof(
    fc
      .record({ id: fc.constantFrom('a', 'b', 'c'), amount: fc.constantFrom<JsonValue>(1, 'bad') })
      .map(({ id, amount }) => orderEvent({ id, data: { amount } })),
    fc.constantFrom<JsonValue>(
      5,
      null,
      [],
      {},
      orderEvent({ type: 'shop.other.v1' }),
      orderEvent({ time: '2099-01-01T00:00:00Z' }),
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 12 }), fc.boolean(), async (events, pretty) => {
      world.publisher.clear();
      const answer = await answerTo(JSON.stringify(events, undefined, pretty ? 1 : undefined));
      expect(answer.accepted + answer.duplicates + answer.rejected.length).toBe(events.length);
      const indices = answer.rejected.map(({ index }) => index);
      const refused = indices.map((index) => events[index]);
      const noObjects = refused.filter((one) => !isJsonObject(one));
      const kept = world.quarantined().map(({ row, payload }) => [row['events'], JSON.parse(payload)]);
      expect(kept).toEqual([
        ...refused.filter(isJsonObject).map((one) => [1, one]),
        ...(noObjects.length === 0 ? [] : [[noObjects.length, noObjects.length === 1 ? noObjects[0] : noObjects]]),
      ]);
      const sealed: JsonValue[] = world.received().flatMap(({ texts }) => texts.flatMap((text) => JSON.parse(text)));
      const good = events.filter((_, index) => !indices.includes(index));
      const distinct = [...new Map(good.map((one) => [JSON.stringify(one), one])).values()];
      expect(sealed).toEqual(distinct);
      expect([answer.accepted, answer.duplicates]).toEqual([distinct.length, good.length - distinct.length]);
      expect(world.received().flatMap(({ index }) => index.entries.map(({ id }) => id))).toEqual(
        distinct.map((one) => Object(one).id),
      );
    }),
    { numRuns: 40 },
  );
});

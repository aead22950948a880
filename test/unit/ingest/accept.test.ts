import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { uuidV7Millis } from '../../../shared/event/uuid.ts';
import { type IngestWorld, orderEvent, startIngest } from '../../helpers/ingest-world.ts';
import { schemaDocument } from '../../helpers/schemas.ts';
import { activateSchema } from '../../helpers/uploads.ts';

const nowMillis = Date.UTC(2026, 0, 1);
const order = schemaDocument({ properties: { amount: { type: 'number' } } });
const parcel = schemaDocument({ type: 'shop.parcel.v1', open: true, edi: { sdks: ['phone', 'web'] } });

let world: IngestWorld;
beforeEach(async () => {
  world = await startIngest({ schemas: [order, parcel] });
});
afterEach(() => world.close());

const parcelEvent = (changes = {}) => orderEvent({ type: 'shop.parcel.v1', id: 'p-1', ...changes });

test('seals the bytes of the client with an index of the events, and says so', async () => {
  const body = `[ {"specversion":"1.0","id":"1","source":"installation-1","type":"shop.order.v1","time":"2025-12-31T23:59:60.5Z",
    "subject":null, "data":{"amount":1.10}} ,${JSON.stringify(parcelEvent({ data: { exact: '☃' } }))}]`;
  const response = await world.post(body, { 'x-edi-sent-at': '2025-12-31T23:59:58.5Z' });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/json');
  expect(await response.json()).toEqual({ accepted: 2, duplicates: 0, rejected: [] });
  const [batch, ...more] = world.received();
  expect(more).toEqual([]);
  expect(batch?.texts).toEqual([body]);
  expect(batch?.sdk).toBe('web');
  expect(uuidV7Millis(batch?.seal ?? '')).toBe(nowMillis);
  expect(batch?.index).toEqual({
    segments: [{ lengthBytes: Buffer.byteLength(body), receivedAtMillis: nowMillis, sentAtMillis: nowMillis - 1_500 }],
    entries: [
      {
        segment: 0,
        source: 'installation-1',
        id: '1',
        timeMicros: nowMillis * 1_000 + 500_000,
        type: 'shop.order.v1',
        revision: 1,
      },
      {
        segment: 0,
        source: 'installation-1',
        id: 'p-1',
        timeMicros: (nowMillis - 3_600_000) * 1_000,
        type: 'shop.parcel.v1',
        revision: 1,
      },
    ],
  });
  expect(world.publisher.published.map(({ topic }) => topic)).toEqual(['received']);
  expect(world.observer.counts.get('accepted')).toBe(2);
});

describe('content types', () => {
  test.each([
    'application/cloudevents-batch+json',
    'application/cloudevents-batch+json; charset=utf-8',
    'Application/CloudEvents-Batch+JSON; Charset="UTF-8"',
    'application/json',
    'application/json;charset=utf8',
  ])('%s takes a batch', async (type) => {
    const response = await world.post([orderEvent(), orderEvent({ id: 'e-2' })], { 'content-type': type });
    expect(await response.json()).toEqual({ accepted: 2, duplicates: 0, rejected: [] });
  });

  test.each(['application/cloudevents+json', 'application/cloudevents+json; charset=utf-8', 'application/json'])(
    '%s takes an event',
    async (type) => {
      const text = ` ${JSON.stringify(orderEvent(), undefined, 2)}\n`;
      const response = await world.post(text, { 'content-type': type });
      expect(await response.json()).toEqual({ accepted: 1, duplicates: 0, rejected: [] });
      const [sealed] = world.received()[0]?.texts ?? [];
      expect(sealed).toBe(`[${text}]`);
    },
  );

  test('gzip is inflated, and a byte order mark cut off', async () => {
    const body = JSON.stringify([orderEvent()]);
    const zipped = new Uint8Array(gzipSync(`\ufeff${body}`));
    const response = await world.post(zipped, { 'content-encoding': 'gzip' });
    expect(await response.json()).toEqual({ accepted: 1, duplicates: 0, rejected: [] });
    expect(world.received()[0]?.texts).toEqual([body]);
  });

  test('binary mode has the envelope in headers', async () => {
    const response = await world.post('{"amount": 9007199254740993.5 }', {
      'ce-specversion': '1.0',
      'ce-id': 'Euro%20%E2%82%AC%20%F0%9F%98%80',
      'ce-source': '"quoted \\"source\\" 100%25"',
      'ce-type': 'shop.order.v1',
      'ce-time': '2025-12-31T23:00:00Z',
      'ce-subject': '100% not encoded',
    });
    expect(await response.json()).toEqual({ accepted: 1, duplicates: 0, rejected: [] });
    const [batch] = world.received();
    expect(batch?.texts[0]).toMatch(/"data":\{"amount": 9007199254740993\.5 \}\}\]$/);
    expect(JSON.parse(batch?.texts[0] ?? '')).toMatchObject([{ subject: '100% not encoded' }]);
    expect(batch?.index.entries).toMatchObject([{ id: 'Euro € 😀', source: 'quoted "source" 100%' }]);
  });
});

test('an event in binary mode is measured with its envelope, as a replay of it is', async () => {
  const headers = { 'ce-specversion': '1.0', 'ce-id': 'big', 'ce-source': 's', 'ce-type': 'shop.order.v1' };
  const post = (bytes: number) =>
    world.post(`{"text":"${'x'.repeat(bytes)}"}`, { ...headers, 'ce-time': '2025-12-31T23:00:00Z' });
  const within = await post(65_300);
  expect(await within.json()).not.toMatchObject({ rejected: [{ reason: 'size' }] });
  const beyond = await post(65_500);
  expect(await beyond.json()).toMatchObject({ rejected: [{ reason: 'size' }] });
});

describe('the write key', () => {
  test('may be in the URL, for beacons', async () => {
    const response = await fetch(`${world.url}/v1/events?key=key-web`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([orderEvent()]),
    });
    expect(response.status).toBe(200);
    expect(world.received()[0]?.sdk).toBe('web');
  });

  test('of the local deployment sends each event as the first SDK that its type allows', async () => {
    const headers = { authorization: 'bearer  key-any ' };
    const response = await world.post([orderEvent(), parcelEvent(), orderEvent({ id: 'e-2' })], headers);
    expect(await response.json()).toMatchObject({ accepted: 3 });
    const batches = world.received();
    expect(batches.map(({ sdk }) => sdk).sort()).toEqual(['phone', 'web']);
    const orders = batches.find(({ sdk }) => sdk === 'web');
    expect(orders?.texts).toEqual([
      `[${[orderEvent(), orderEvent({ id: 'e-2' })].map((event) => JSON.stringify(event)).join(',')}]`,
    ]);
    expect(orders?.index.entries.map(({ id }) => id)).toEqual(['e-1', 'e-2']);
  });
});

describe('x-edi-sent-at', () => {
  test.each([
    ['1767225599000', nowMillis - 1_000],
    ['2026-01-01T01:00:00.123456+01:00', nowMillis + 123],
    ['yesterday', undefined],
    ['-5', undefined],
    ['9999999999999999', undefined],
  ])('%s is %j', async (header, sentAtMillis) => {
    await world.post([orderEvent()], { 'x-edi-sent-at': header });
    expect(world.received()[0]?.index.segments[0]?.sentAtMillis).toBe(sentAtMillis);
  });
});

test('repeats inside a request are counted and go out once', async () => {
  const same = orderEvent({ time: '2026-01-01T00:00:00+01:00' });
  const response = await world.post([
    orderEvent(),
    same,
    orderEvent({ id: 'e-2' }),
    orderEvent({ time: '2025-12-31T23:00:01Z' }),
  ]);
  expect(await response.json()).toEqual({ accepted: 3, duplicates: 1, rejected: [] });
  const [batch] = world.received();
  expect(JSON.parse(batch?.texts[0] ?? '')).toHaveLength(3);
  expect(batch?.index.entries.map(({ id }) => id)).toEqual(['e-1', 'e-2', 'e-1']);
});

test('extensions are counted, and carried', async () => {
  await world.post([orderEvent({ one: 'x', sequence: '5', none: null })]);
  expect(world.observer.counts.get('dropped-extensions')).toBe(1);
});

test('a sequence that cannot be counted with refuses nothing and is counted', async () => {
  const response = await world.post([
    orderEvent({ sequence: 5 }),
    orderEvent({ id: 'e-2', sequence: -1 }),
    orderEvent({ id: 'e-3', sequence: 'Ⅳ' }),
  ]);
  expect(await response.json()).toEqual({ accepted: 3, duplicates: 0, rejected: [] });
  expect(world.observer.counts.get('unusable-sequences')).toBe(2);
});

test('a batch tells the region that ingest runs in', async () => {
  await world.post([orderEvent()]);
  expect(world.received()[0]).not.toHaveProperty('region');
  await world.close();
  world = await startIngest({ schemas: [order], config: { region: 'europe-north1' } });
  await world.post([orderEvent()]);
  expect(world.received()[0]).toHaveProperty('region', 'europe-north1');
});

test('the revision in the index is the one that validated', async () => {
  const wider = schemaDocument({ properties: { amount: { type: 'number' }, note: { type: 'string' } } });
  await activateSchema(world.registry, 'shop.order.v1', wider, nowMillis);
  await world.close();
  world = await startIngest({ schemas: [order, wider] });
  await world.post([orderEvent({ data: { note: 'x' } })]);
  expect(world.received()[0]?.index.entries[0]?.revision).toBe(2);
});

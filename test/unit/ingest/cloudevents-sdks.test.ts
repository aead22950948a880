import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../../shared/event/json.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import { type IngestWorld, orderEvent, startIngest } from '../../helpers/ingest-world.ts';
import { schemaDocument } from '../../helpers/schemas.ts';

let world: IngestWorld;
let registryDown = false;
beforeEach(async () => {
  registryDown = false;
  const registryGate = () => {
    if (registryDown) throw new Unavailable('registry', 'down as told');
  };
  world = await startIngest({ schemas: [schemaDocument({ open: true })], registryGate });
});
afterEach(() => world.close());

const key = { authorization: 'Bearer key-web' };

function ceHeaders(changes: JsonObject = {}): Record<string, string> {
  const { data: _data, ...attributes } = orderEvent(changes);
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`ce-${name}`, String(value)]));
}

/** With exactly these headers; their characters are the bytes. */
function postExactly(headers: Record<string, string>, body: string, path = '/v1/events'): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${world.url}${path}`, { method: 'POST', headers }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode));
    });
    // A string would go out in one piece with the headers, and in its encoding.
    outgoing.on('error', reject).end(Buffer.from(body));
  });
}

const received = (): JsonValue[] => world.received().flatMap(({ texts }) => texts.flatMap((text) => JSON.parse(text)));

describe('1: binary mode', () => {
  const body = '{"amount":1}';

  test('without Content-Type holds JSON', async () => {
    expect(await postExactly({ ...key, ...ceHeaders() }, body)).toBe(200);
    expect(received()).toEqual([orderEvent()]);
  });

  test.each([
    'application/json',
    'text/json',
    'APPLICATION/JSON',
    'application/vnd.example.track+json',
    'application/ld+json; profile="a;b, \\"c\\""',
    'application/json; charset="utf\\-8"',
    'application/json ;charset=UTF-8 ; x=y;',
  ])('takes %s', async (type) => {
    expect(await postExactly({ ...key, ...ceHeaders(), 'content-type': type }, body)).toBe(200);
    expect(received()).toEqual([orderEvent()]);
  });

  test.each(['text/plain', 'application/jsonl', 'application/json/x', 'application/json; charset=utf-16', 'json'])(
    'refuses %s',
    async (type) => {
      expect(await postExactly({ ...key, ...ceHeaders(), 'content-type': type }, body)).toBe(415);
    },
  );

  test('is not what a CloudEvents content type says, whatever the headers', async () => {
    const headers = { ...key, ...ceHeaders({ id: 'header' }), 'content-type': 'application/cloudevents+json' };
    expect(await postExactly(headers, JSON.stringify(orderEvent({ id: 'body' })))).toBe(200);
    expect(received()).toMatchObject([{ id: 'body' }]);
    const avro = { ...headers, 'content-type': 'application/cloudevents+avro' };
    expect(await postExactly(avro, '{}')).toBe(415);
  });

  test('takes attributes of any lawful name, and no data from a header', async () => {
    const headers = { ...ceHeaders(), 'ce-data': 'x', 'ce-data_base64': 'eA==', 'ce-partitionkey': 'a' };
    expect(await postExactly({ ...key, ...headers }, body)).toBe(200);
    expect(received()).toEqual([{ ...orderEvent(), partitionkey: 'a' }]);
  });
});

describe('1: structured mode', () => {
  test.each([
    'application/json;note="a;charset=latin1"',
    'application/cloudevents+json; charset="UTF-8"',
    'Application/CloudEvents+JSON;charset=utf-8',
  ])('takes %s', async (type) => {
    expect((await world.post(JSON.stringify(orderEvent()), { 'content-type': type })).status).toBe(200);
  });
});

describe('2: data_base64', () => {
  const encoded = (text: string, changes: JsonObject = {}): JsonObject => {
    const { data: _data, ...attributes } = orderEvent();
    return { ...attributes, data_base64: Buffer.from(text).toString('base64'), ...changes };
  };
  const faultOf = async (event: JsonObject) => {
    const { rejected } = (await (await world.post([event])).json()) as { rejected: { errors: unknown[] }[] };
    return rejected[0];
  };

  test.each([{ datacontenttype: 'application/json' }, { datacontenttype: 'application/vnd.x+json' }, {}])(
    'is taken as data where it is JSON: %j',
    async (type) => {
      const event = encoded('{"amount":1}', type);
      expect(await (await world.post([event])).json()).toMatchObject({ accepted: 1, rejected: [] });
      expect(received()).toEqual([event]);
    },
  );

  test('is checked by the schema', async () => {
    await world.close();
    world = await startIngest({ schemas: [schemaDocument({ properties: { amount: { type: 'integer' } } })] });
    expect(await faultOf(encoded('{"amount":"1"}', { datacontenttype: 'application/json' }))).toMatchObject({
      reason: 'schema',
      errors: [{ path: '/data/amount', keyword: 'type' }],
    });
  });

  const json = { datacontenttype: 'application/json' };
  test.each<[string, JsonObject, string, string, string]>([
    ['beside data', encoded('{}', { ...json, data: {} }), 'envelope', '/data_base64', 'not'],
    ['of another type', encoded('{}', { datacontenttype: 'image/png' }), 'envelope', '/data_base64', 'not'],
    ['that is no text', encoded('{}', { ...json, data_base64: 5 }), 'envelope', '/data_base64', 'type'],
    ['that is no base64', { ...encoded('', json), data_base64: '{}' }, 'envelope', '/data_base64', 'contentEncoding'],
    ['that is no JSON', encoded('{', json), 'envelope', '/data_base64', 'contentMediaType'],
    ['that is no object', encoded('[1]', json), 'envelope', '/data_base64', 'type'],
    ['with bytes that say nothing', encoded('\u00ff\u0000'), 'envelope', '/data_base64', 'not'],
    ['nested too deep', encoded(`{"a":${'['.repeat(32)}${']'.repeat(32)}}`, json), 'nesting', '', 'nesting'],
    ['with a __proto__', encoded('{"__proto__":1}', json), 'key', '', 'key'],
    ['with half a pair', encoded('{"a":"\\ud800"}', json), 'text', '', 'text'],
    ['with infinity', encoded('{"a":1e999}', json), 'number', '', 'number'],
  ])('%s is refused and kept as sent', async (_what, event, reason, path, keyword) => {
    expect(await faultOf(event)).toMatchObject({ reason, transient: false, errors: [{ path, keyword }] });
    expect(world.quarantined()).toHaveLength(1);
  });
});

describe('3: 503 with Retry-After', () => {
  const unknown = orderEvent({ type: 'shop.refund.v1' });
  const invalid = orderEvent({ id: 'e-2', time: 'yesterday' });

  test.each<[string, JsonValue[]]>([
    ['one event', [unknown]],
    ['all events', [unknown, { ...unknown, id: 'e-3' }]],
  ])('where %s can only not be decided now', async (_what, events) => {
    registryDown = true;
    const response = await world.post(events);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    const rejected = events.map(() => expect.objectContaining({ transient: true, reason: 'registry-unavailable' }));
    expect(await response.json()).toMatchObject({ status: 503, accepted: 0, duplicates: 0, rejected });
    expect(world.publisher.published).toEqual([]);
  });

  test.each<[string, JsonValue[]]>([
    ['accepted', [unknown, orderEvent({ id: 'e-3' })]],
    ['kept in quarantine', [unknown, invalid]],
  ])('not where something was %s', async (_what, events) => {
    registryDown = true;
    const response = await world.post(events);
    expect(response.status).toBe(200);
    // Of whom a record speaks goes with it.
    const own = world.publisher.published.filter(({ topic }) => topic !== 'quarantine-subjects');
    expect(own).toHaveLength(1);
  });

  test('not where an event is refused for good', async () => {
    expect((await world.post([invalid])).status).toBe(200);
  });
});

describe('4: text in ce- headers', () => {
  const subjectOf = async (value: string) => {
    expect(await postExactly({ ...key, ...ceHeaders(), 'ce-subject': value }, '{"amount":1}')).toBe(200);
    return (received().at(-1) as JsonObject)['subject'];
  };
  const bytesOf = (text: string) => Buffer.from(text).toString('latin1');

  test('is one subject as UTF-8, percent-encoded, quoted and as Latin-1', async () => {
    expect(await subjectOf(bytesOf('Zoë'))).toBe('Zoë');
    expect(await subjectOf('Zo%C3%AB')).toBe('Zoë');
    expect(await subjectOf(`"${bytesOf('Zoë')}"`)).toBe('Zoë');
    expect(await subjectOf('Zo\u00eb')).toBe('Zoë');
  });

  test('is what was sent where it is neither', async () => {
    expect(await subjectOf(bytesOf('✓ 50% off'))).toBe('✓ 50% off');
    expect(await subjectOf('plain')).toBe('plain');
  });
});

describe('8: x-edi-sent-at', () => {
  test.each([
    ['1767225595000', 1_767_225_595_000],
    ['1767225595000.25', 1_767_225_595_000],
    ['2025-12-31T23:59:55Z', 1_767_225_595_000],
    ['95000', 95_000],
    ['soon', undefined],
    ['-5', undefined],
    ['1767225595000000000', undefined],
  ])('%s', async (sentAt, millis) => {
    await world.post([orderEvent()], { 'x-edi-sent-at': sentAt });
    expect(world.received()[0]?.index.segments[0]?.sentAtMillis).toBe(millis);
  });
});

import { expect, test } from 'vitest';
import { isJsonObject, type JsonObject } from '../../../shared/event/json.ts';
import { duplicate, forwarded, possibleDuplicate, sealAt, startMillis, testNamespace } from '../../helpers/batches.ts';
import { eventKey } from '../../helpers/event-key.ts';
import { identityKey, pseudonymizeWorld } from '../../helpers/pseudonymize-world.ts';
import { activate, day, schemaDocument } from '../../helpers/schemas.ts';

const type = 'shop.order.v1';
const seal = sealAt(startMillis, 1);
const user = (pointer: string): JsonObject => ({ do: 'pseudonymize', subject: { realm: 'user', pointer } });

/** A schema that uses every treatment. */
const everything = schemaDocument({
  open: true,
  properties: {
    orderId: { type: 'string' },
    email: { type: 'string', treatment: { do: 'pseudonymize' } },
    phone: { type: 'string', treatment: { do: 'drop' } },
    ip: { type: 'string', format: 'ipv4', treatment: { do: 'truncate', to: 'network' } },
    bornAt: { type: 'string', format: 'date-time', treatment: { do: 'truncate', to: 'day' } },
    latitude: { type: 'number', treatment: { do: 'truncate', to: 'grid', gridDegrees: 0.5 } },
    seller: {
      type: 'object',
      additionalProperties: true,
      properties: { id: { type: 'integer', treatment: user('0') }, login: { type: 'string', treatment: user('1/id') } },
    },
    watchers: { type: 'array', items: { type: 'string', treatment: user('0') } },
    ghost: { type: 'string', treatment: user('/nobody/id') },
  },
});
const data = {
  orderId: 'o-1',
  email: 'alice@example.com',
  phone: '+46-alice',
  ip: '192.0.2.77',
  bornAt: '1990-05-06T07:08:09Z',
  latitude: 59.3293,
  seller: { id: 42, login: 'alice-seller', undeclared: 'alice' },
  watchers: ['alice-w1', 'alice-w2', 'alice-w1'],
  ghost: 'alice-ghost',
  unknown: 'alice-unknown',
};
const alice = { realm: 'customer', subject: 'alice' };
const source = { realm: 'source', subject: 'alice-phone' };

test('a row is exactly what the schema says, and nothing personal is in the clear', async () => {
  const world = await pseudonymizeWorld({ schemas: [everything] });
  const id = '0190c1f0-1234-7000-8000-00000000000a';
  const event = { id, source: source.subject, subject: alice.subject, data };
  const batch = { seal, segments: [[event]], receivedAtMillis: startMillis + 5_000, sentAtMillis: startMillis + 3_000 };
  expect(await world.deliver(batch)).toBe('done');
  const [row] = world.rowsOf(type);
  const personal = expect.stringMatching(/^A[\w+/]{20,}=*$/);
  expect(row).toEqual({
    event_key: eventKey(identityKey, testNamespace, { source: source.subject, id, timeMicros: startMillis * 1_000 }),
    event_id: id,
    event_time: '2026-01-01T00:00:00.000000Z',
    corrected_time: '2026-01-01T00:00:02.000000Z',
    received_time: '2026-01-01T00:00:05.000000Z',
    source: personal,
    subject: personal,
    sdk: 'web',
    schema_revision: 1,
    possible_duplicate: false,
    beyond_lookback: false,
    row_time: '2026-01-01T00:00:00.000000Z',
    data: {
      order_id: 'o-1',
      email: personal,
      ip: '192.0.2.0',
      born_at: '1990-05-06T00:00:00.000000Z',
      latitude: 59.5,
      seller: { id: personal, login: personal },
      watchers: [personal, personal, personal],
    },
  });
  const [message] = world.publisher.published;
  expect(message?.attributes).toEqual({ type, event_key: row?.['event_key'] });
  expect(Buffer.from(message?.data ?? []).toString('latin1')).not.toMatch(/alice|192\.0\.2\.77|07:08|59\.3/);
  expect(Object.fromEntries(world.counts)).toMatchObject({
    delivered: 1,
    quarantined: 0,
    'undeclared-properties': 2,
    'dropped-personal-values': 1,
  });
});

test('pseudonyms are revealed with the stored keyset of their subject and the master key, by nobody else', async () => {
  const world = await pseudonymizeWorld({ schemas: [everything] });
  const event = { id: 'e', source: source.subject, subject: alice.subject, data };
  await world.deliver({ seal, segments: [[event]] });
  const [row] = world.rowsOf(type);
  const revealed = row?.['data'] as Record<string, never>;
  const seller = { realm: 'user', subject: '42' };
  expect(await world.reveal(source, row?.['source'])).toBe('alice-phone');
  expect(await world.reveal(alice, row?.['subject'])).toBe('alice');
  expect(await world.reveal(alice, revealed['email'])).toBe('alice@example.com');
  expect(await world.reveal(seller, revealed['seller']?.['id'])).toBe('42');
  expect(await world.reveal(seller, revealed['seller']?.['login'])).toBe('alice-seller');
  for (const watcher of ['alice-w1', 'alice-w2']) {
    const at = data.watchers.indexOf(watcher);
    expect(await world.reveal({ realm: 'user', subject: watcher }, revealed['watchers']?.[at])).toBe(watcher);
  }
  expect(await world.reveal(seller, revealed['email'])).toBeUndefined();
  expect(await world.reveal({ realm: 'user', subject: 'alice' }, revealed['email'])).toBeUndefined();
});

const note = (subject: JsonObject = {}) =>
  schemaDocument({
    properties: { who: { type: 'string' }, note: { type: 'string', treatment: { do: 'pseudonymize', ...subject } } },
  });

test('equal values of one subject have equal pseudonyms, those of two never', async () => {
  const world = await pseudonymizeWorld({ schemas: [note()] });
  const event = (id: string, subject: string, text: string) => ({ id, subject, data: { note: text } });
  await world.deliver({
    seal,
    segments: [[event('1', 'a', 'x'), event('2', 'a', 'x'), event('3', 'a', 'y'), event('4', 'b', 'x')]],
  });
  world.clock.advance(day);
  await world.deliver({ seal, segments: [[event('5', 'a', 'x')]] });
  const [first, same, other, stranger, later] = world.rowsOf(type).map((row) => Object(row['data']).note);
  expect([same, later]).toEqual([first, first]);
  expect(new Set([first, other, stranger]).size).toBe(3);
});

test('number 42 of one realm is nobody in another', async () => {
  const schemas = ['user', 'team'].map((realm, at) => ({
    ...note({ subject: { realm, pointer: '/who' } }),
    edi: { ...Object(schemaDocument({ type: `shop.order.v${at + 1}` })['edi']) },
  }));
  const world = await pseudonymizeWorld({ schemas });
  const event = (version: number) => ({ id: 'e', type: `shop.order.v${version}`, data: { who: '42', note: 'x' } });
  await world.deliver({ seal, segments: [[event(1), event(2)]] });
  const [user42, team42] = [1, 2].map((version) => Object(world.rowsOf(`shop.order.v${version}`)[0]?.['data']).note);
  expect(user42).not.toBe(team42);
  expect(await world.reveal({ realm: 'user', subject: '42' }, user42)).toBe('x');
  expect(await world.reveal({ realm: 'team', subject: '42' }, team42)).toBe('x');
});

test('without a subject in the envelope, values belong to the source, and there is no subject', async () => {
  const world = await pseudonymizeWorld({ schemas: [note()] });
  await world.deliver({ seal, segments: [[{ id: 'e', source: 's', data: { note: 'x' } }]] });
  const [row] = world.rowsOf(type);
  expect(row).not.toHaveProperty('subject');
  expect(await world.reveal({ realm: 'source', subject: 's' }, Object(row?.['data']).note)).toBe('x');
});

test.each([
  ['0190c1f0-1234-4000-8000-00000000000a', true],
  ['0190C1F0-1234-7000-8000-00000000000A', true],
  ['01ARZ3NDEKTSV4RRFFQ69G5FAV', true],
  ['81ARZ3NDEKTSV4RRFFQ69G5FAV', false],
  ['alice@example.com', false],
  ['17', false],
  ['0190c1f0-1234-4000-8000-00000000000a ', false],
  ...['1', '2', '3', '5', '6', '8', '0', 'f'].map((version): [string, boolean] => [
    `0190c1f0-1234-${version}000-8000-00000000000a`,
    false,
  ]),
  ['0190c1f0-1234-4000-c000-00000000000a', false],
  ['00000000-0000-0000-0000-000000000000', false],
])('18: the id %s is shown: %s', async (id, shown) => {
  const world = await pseudonymizeWorld({ schemas: [schemaDocument()] });
  await world.deliver({ seal, segments: [[{ id }]] });
  expect(world.rowsOf(type)[0]?.['event_id']).toBe(shown ? id : undefined);
});

test('only what dedup forwards goes on, with its marks', async () => {
  const world = await pseudonymizeWorld({ schemas: [schemaDocument()] });
  const segments = [
    [{ id: 'a' }, { id: 'b' }],
    [{ id: 'c' }, { id: 'd' }],
  ];
  const marks = [duplicate, possibleDuplicate, forwarded, { ...forwarded, beyondLookBack: true }];
  await world.deliver({ seal, segments, marks });
  expect(world.rowsOf(type).map((row) => [row['possible_duplicate'], row['beyond_lookback']])).toEqual([
    [true, false],
    [false, false],
    [false, true],
  ]);
  const keys = ['b', 'c', 'd'].map((id) =>
    eventKey(identityKey, testNamespace, { id, source: 'installation-1', timeMicros: startMillis * 1_000 }),
  );
  expect(world.rowsOf(type).map((row) => row['event_key'])).toEqual(keys);
});

test('a row tells the number of its event, where it was received and when it was made', async () => {
  const world = await pseudonymizeWorld({ schemas: [schemaDocument()] });
  const sequences = [0, 7, '007', '9007199254740993', -1, 'a', null];
  const events = sequences.map((sequence, at) => ({ id: `e${at}`, sequence }));
  world.clock.advance(61_000);
  await world.deliver({ seal, region: 'europe-north1', segments: [[...events, { id: 'none' }]] });
  const rows = world.rowsOf(type);
  expect(rows.map((row) => row['sequence'])).toEqual([0, 7, 7, '9007199254740993', ...Array(4).fill(undefined)]);
  for (const row of rows) {
    expect(row).toMatchObject({ ingest_region: 'europe-north1', row_time: '2026-01-01T00:01:01.000000Z' });
  }
  await world.deliver({ seal, segments: [[{ id: 'elsewhere' }]] });
  expect(world.rowsOf(type).at(-1)).not.toHaveProperty('ingest_region');
});

test('a payload without columns makes no data, and each type has its topic', async () => {
  const world = await pseudonymizeWorld({ schemas: [schemaDocument(), schemaDocument({ type: 'shop.visit.v1' })] });
  await world.deliver({ seal, segments: [[{ id: 'a' }, { id: 'b', type: 'shop.visit.v1' }]] });
  expect([world.rowsOf(type).length, world.rowsOf('shop.visit.v1').length]).toEqual([1, 1]);
  expect(world.rowsOf(type)[0]).not.toHaveProperty('data');
});

test.each([
  ['ahead by ages', 999_999_999_999_999, undefined],
  ['behind by ages', -999_999_999_999_999, undefined],
  ['at zero', 0, undefined],
  ['in seconds', startMillis / 1_000, undefined],
  ['in microseconds', startMillis * 1_000, undefined],
  ['a day behind', startMillis - day, '2026-01-02T00:00:00.000000Z'],
  ['more than a day behind', startMillis - day - 1, undefined],
  ['right', startMillis, '2026-01-01T00:00:00.000000Z'],
])(
  '8: with a clock %s, a corrected time beyond receipt and a day is not used',
  async (_what, sentAtMillis, corrected) => {
    const world = await pseudonymizeWorld({ schemas: [schemaDocument()] });
    await world.deliver({ seal, segments: [[{ id: 'a' }]], sentAtMillis });
    expect(world.rowsOf(type)[0]?.['corrected_time']).toBe(corrected);
  },
);

test('2: the row of an event whose data came as bytes is that of its data', async () => {
  const world = await pseudonymizeWorld({ schemas: [schemaDocument({ properties: { amount: { type: 'integer' } } })] });
  const bytes = { data_base64: Buffer.from('{"amount":5}').toString('base64') };
  expect(await world.deliver({ seal, segments: [[{ id: 'a', ...bytes }]] })).toBe('done');
  expect(world.rowsOf(type)[0]?.['data']).toEqual({ amount: 5 });
});

test('a row of a type in alpha goes to the shared topic: the type, and its data as JSON that holds what the RECORD would', async () => {
  const free = { anything: {}, labels: { type: 'object', additionalProperties: { type: 'string' } } };
  const schemas = ['alpha', 'beta'].map((stage) =>
    schemaDocument({
      ...(stage === 'beta' ? {} : { type: 'shop.fax.v1' }),
      open: true,
      properties: { ...(isJsonObject(everything['properties']) ? everything['properties'] : {}), ...free },
      edi: { stage },
    }),
  );
  const world = await pseudonymizeWorld({ schemas });
  const event = { id: 'a', subject: alice.subject, data: { ...data, anything: [{ a: 1 }], labels: { x: '"y"' } } };
  await world.deliver({
    seal,
    segments: [
      [
        { ...event, type: 'shop.fax.v1' },
        { ...event, id: 'b' },
      ],
    ],
  });
  const [row] = world.rowsOf('alpha');
  const [own] = world.rowsOf(type);
  expect(row).toMatchObject({ type: 'shop.fax.v1', source: own?.['source'], subject: own?.['subject'] });
  expect(world.publisher.messagesOf('event.alpha')[0]?.attributes).toMatchObject({ type: 'shop.fax.v1' });
  expect(world.publisher.messagesOf('event.shop.fax.v1')).toEqual([]);
  expect(JSON.parse(String(row?.['data']))).toEqual({
    ...(isJsonObject(own?.['data']) ? own['data'] : {}),
    anything: [{ a: 1 }],
    labels: { x: '"y"' },
  });
  expect(JSON.stringify(row)).not.toMatch(/alice|unknown|192\.0\.2\.77/);
});

test('a type that was promoted while its events were on their way goes to its own topic', async () => {
  const inStage = (stage: string) => schemaDocument({ properties: { a: { type: 'integer' } }, edi: { stage } });
  const world = await pseudonymizeWorld({ schemas: [inStage('alpha')] });
  const event = (id: string, revision: number) => ({ id, revision, data: { a: 1 } });
  await world.deliver({ seal, segments: [[event('a', 1)]] });
  await activate(world.registry, inStage('beta'));
  world.clock.advance(500);
  await world.deliver({ seal, segments: [[event('b', 2), event('c', 1)]] });
  expect([world.rowsOf('alpha').length, world.rowsOf(type).length]).toEqual([1, 2]);
  expect(world.rowsOf(type)[0]?.['data']).toEqual({ a: 1 });
});

import { afterEach, expect, test } from 'vitest';
import { keysOf, subjectKeyId } from '../../../shared/erasure/subject-key-id.ts';
import { isJsonObject, type JsonObject } from '../../../shared/event/json.ts';
import { sealAt, startMillis } from '../../helpers/batches.ts';
import { type ExportWorldOptions, exportSubjectWorld } from '../../helpers/export-subject-world.ts';
import { lookupKey } from '../../helpers/pseudonymize-world.ts';
import { schemaDocument } from '../../helpers/schemas.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function opened(options: ExportWorldOptions) {
  const world = await exportSubjectWorld(options);
  closers.push(world.close);
  return world;
}

const seal = sealAt(startMillis, 1);
const user = (pointer: string): JsonObject => ({ realm: 'user', pointer });
const personal = (subject?: JsonObject, more: JsonObject = {}): JsonObject => ({
  do: 'pseudonymize',
  ...(subject === undefined ? {} : { subject }),
  ...more,
});

/** Every treatment, for the subject of the envelope and for others. */
const everything = schemaDocument({
  open: true,
  properties: {
    orderId: { type: 'string' },
    email: { type: 'string', treatment: personal() },
    size: { type: 'string', enum: ['s', 'm'], treatment: personal(undefined, { pad: true }) },
    address: { type: 'object', additionalProperties: true, treatment: personal() },
    ip: { type: 'string', format: 'ipv4', treatment: { do: 'truncate', to: 'network' } },
    domain: { type: 'string', treatment: { do: 'tokenize', realm: 'customer', domain: 'mail' } },
    seller: {
      type: 'object',
      properties: {
        id: { type: 'integer', treatment: personal(user('0')) },
        'log/in': { type: 'string', treatment: personal(user('1/id')) },
        ip: {
          type: 'string',
          format: 'ipv4',
          treatment: { do: 'truncate', to: 'network', subject: user('/seller/id') },
        },
      },
    },
    watchers: { type: 'array', items: { type: 'string', treatment: personal(user('0')) } },
  },
});
const order = (id: string, subject: string, data: JsonObject = {}) => ({
  id,
  source: 'phone-1',
  subject,
  data: {
    orderId: `o-${id}`,
    email: `${subject}@example.com`,
    size: 'm',
    address: { street: 'Main', no: 1 },
    ip: '192.0.2.77',
    domain: 'example.com',
    seller: { id: 42, 'log/in': 'bob', ip: '198.51.100.7' },
    watchers: ['w1', 'w2'],
    ...data,
  },
});

const rowsIn = (lines: readonly JsonObject[]) => lines.flatMap(({ row }) => (isJsonObject(row) ? [row] : []));
const totalsIn = (lines: readonly JsonObject[]) => Object(lines.at(-1))['totals'];

test('a person has their events as they sent them, without the values of others', async () => {
  const world = await opened({ schemas: [everything] });
  expect(await world.deliver({ seal, segments: [[order('1', 'alice'), order('2', 'joe')]] })).toBe('done');
  world.fillTables();
  const lines = await world.exported({ realm: 'customer', subject: 'alice' });
  expect(lines[0]).toEqual({ begun: { id: expect.any(String), key: 'readable', tables: 1 } });
  const rows = rowsIn(lines);
  expect(rows).toMatchObject([{ as: 'own', table: 'shop_order_v1', type: 'shop.order.v1' }]);
  expect(Object(rows[0]?.['event'])).toMatchObject({ subject: 'alice', event_time: '2026-01-01T00:00:00.000000Z' });
  expect(Object(rows[0]?.['event']).data).toEqual({
    orderId: 'o-1',
    email: 'alice@example.com',
    size: 'm',
    address: '{"no":1,"street":"Main"}',
    ip: '192.0.2.0',
    domain: expect.stringMatching(/^[\w-]{22}$/),
    seller: {},
    watchers: [null, null],
  });
  expect(totalsIn(lines)).toMatchObject({ tables: 1, own: 1, mentioned: 0, leftOut: 5 });
  expect(JSON.stringify(totalsIn(lines).notSearched)).toContain('quarantine');
  expect(JSON.stringify(totalsIn(lines).notSearched)).toContain('operations.unfit_rows');
});

test('of the events of others somebody has what is theirs, by where it stood, and nothing else', async () => {
  const world = await opened({ schemas: [everything] });
  await world.deliver({ seal, segments: [[order('1', 'alice'), order('2', 'joe', { watchers: ['w1', '42'] })]] });
  world.fillTables();
  const bob = await world.exported({ realm: 'user', subject: '42' });
  const theirs = { '/seller/id': '42', '/seller/log~1in': 'bob', '/seller/ip': '198.51.100.0' };
  expect(rowsIn(bob).map(({ as, values }) => [as, values])).toEqual([
    ['mentioned', theirs],
    ['mentioned', { ...theirs, '/watchers/1': '42' }],
  ]);
  expect(JSON.stringify(bob)).not.toMatch(/alice|joe|phone-1|o-1/);
  expect(rowsIn(await world.exported({ realm: 'user', subject: 'w2' }))).toMatchObject([
    { values: { '/watchers/1': 'w2' } },
  ]);
  // Number 42 of another realm, and somebody whom nothing names.
  for (const subject of ['42', 'nobody']) {
    const none = await world.exported({ realm: 'customer', subject });
    expect(none).toMatchObject([{ begun: { key: 'none', tables: 0 } }, { totals: { own: 0, mentioned: 0 } }]);
  }
});

test('an installation has the events that it sent', async () => {
  const world = await opened({ schemas: [everything] });
  const { subject: _, ...ofNobody } = order('2', 'joe');
  await world.deliver({ seal, segments: [[order('1', 'alice'), ofNobody]] });
  world.fillTables();
  const rows = rowsIn(await world.exported({ source: 'phone-1' }));
  expect(rows.map(({ as }) => as)).toEqual(['own', 'own']);
  const [alices, own] = rows.map(({ event }) => Object(event));
  expect([alices.source, alices.data.email, alices.data.ip]).toEqual(['phone-1', undefined, undefined]);
  expect([own.source, own.data.email, own.data.ip]).toEqual(['phone-1', 'joe@example.com', '192.0.2.0']);
});

const scores = schemaDocument({
  edi: { stage: 'alpha' },
  open: true,
  properties: {
    scores: {
      type: 'object',
      additionalProperties: { type: 'object', additionalProperties: true },
      propertyNames: { treatment: personal(user('0')) },
    },
  },
});

test('keys of objects, in the table that types in alpha share', async () => {
  const world = await opened({ schemas: [scores] });
  const data = { scores: { jane: { goals: 1 }, joe: { goals: 2 } } };
  const outcome = await world.deliver({ seal, segments: [[{ id: '1', source: 's', subject: 'alice', data }]] });
  expect(outcome).toBe('done');
  world.eventRows.set(
    'alpha',
    world.rowsOf('alpha').map((row) => ({ ...row, data: JSON.parse(String(row['data'])) })),
  );
  const jane = rowsIn(await world.exported({ realm: 'user', subject: 'jane' }));
  expect(jane).toMatchObject([{ as: 'mentioned', type: 'shop.order.v1', table: 'alpha' }]);
  expect(jane[0]?.['values']).toEqual({ '/scores': { jane: { goals: 1 } } });
  const alice = await world.exported({ realm: 'customer', subject: 'alice' });
  expect(Object(rowsIn(alice)[0]?.['event']).data).toEqual({ scores: {} });
  expect(totalsIn(alice)).toMatchObject({ own: 1, leftOut: 2 });
});

const likes = schemaDocument({
  properties: {
    likes: {
      type: 'object',
      propertyNames: { treatment: personal(user('0')) },
      additionalProperties: {
        type: 'object',
        propertyNames: { treatment: personal(user('0')) },
        additionalProperties: { type: 'integer' },
      },
    },
  },
});

test("what is the person's is told below the keys of others, too, and nothing else of that", async () => {
  const world = await opened({ schemas: [likes] });
  const data = { likes: { joe: { jane: 1, alice: 2 }, jim: { joe: 3 }, ann: { jane: 4 }, jane: { joe: 5, jane: 6 } } };
  const event = { id: '1', source: 's', subject: 'alice', data };
  expect(await world.deliver({ seal, segments: [[event]] })).toBe('done');
  const rows = world.rowsOf('shop.order.v1').map((row) => {
    const stored = Object(row['data']);
    return { ...row, data: { ...stored, likes: JSON.parse(String(stored.likes)) } };
  });
  world.eventRows.set('shop_order_v1', rows);
  const jane = rowsIn(await world.exported({ realm: 'user', subject: 'jane' }));
  expect(jane.map(({ values }) => values)).toEqual([
    { '/likes': { '(somebody else)': { jane: 1 }, '(somebody else) 2': { jane: 4 }, jane: { jane: 6 } } },
  ]);
  const alice = rowsIn(await world.exported({ realm: 'customer', subject: 'alice' }));
  expect(Object(alice[0]?.['event']).data).toEqual({ likes: {} });
  expect(JSON.stringify(jane)).not.toMatch(/joe|jim|ann|alice/);
});

test('after an erasure nothing of before can be read, and what came since can', async () => {
  const world = await opened({ schemas: [everything] });
  await world.deliver({ seal, segments: [[order('1', 'alice')]] });
  const first = subjectKeyId(lookupKey, { realm: 'customer', subject: 'alice' });
  const times = { erasedAtMillis: startMillis + 1, cutoffMillis: startMillis + 2 };
  await world.records.erase([keysOf(lookupKey, first)], times);
  world.fillTables();
  const erasedAt = '2026-01-01T00:00:00.001Z';
  const lines = await world.exported({ realm: 'customer', subject: 'alice' });
  expect(lines).toMatchObject([{ begun: { key: 'none', erasedAt } }, { totals: { own: 0, mentioned: 0 } }]);
  expect(JSON.stringify(lines)).not.toContain('alice');
  expect(world.ledger()).toEqual([]);
  world.clock.advance(600_000);
  const later = { ...order('3', 'alice'), timeMillis: startMillis + 600_000 };
  await world.deliver({ seal, segments: [[later]], receivedAtMillis: startMillis + 600_000 });
  world.fillTables();
  const since = await world.exported({ realm: 'customer', subject: 'alice' });
  expect(since[0]).toMatchObject({ begun: { key: 'readable', erasedAt } });
  expect(rowsIn(since).map(({ event }) => Object(event).data.orderId)).toEqual(['o-3']);
  expect(world.ledger()).toMatchObject([{ generation: 1 }]);
});

test('what looks like a value of the person and is none is left alone', async () => {
  const world = await opened({ schemas: [everything] });
  await world.deliver({ seal, segments: [[order('1', 'alice'), order('2', 'joe')]] });
  world.fillTables();
  const [alices, joes] = world.eventRows.get('shop_order_v1') ?? [];
  const beginning = String(alices?.['subject']).slice(0, 6);
  Object(joes?.['data']).order_id = `${beginning}AAAA`;
  Object(joes?.['data']).email = `${beginning}${'A'.repeat(40)}`;
  const lines = await world.exported({ realm: 'customer', subject: 'alice' });
  expect(rowsIn(lines)).toHaveLength(1);
});

test('a type that the registry does not have: what the key opens', async () => {
  const world = await opened({ schemas: [everything] });
  await world.deliver({ seal, segments: [[order('1', 'alice')]] });
  const rows = world.rowsOf('shop.order.v1');
  world.eventRows.set('gone_v1', rows);
  const own = rowsIn(await world.exported({ realm: 'customer', subject: 'alice' }));
  expect(own).toMatchObject([
    { as: 'own', table: 'gone_v1', type: null, event: { data: { email: 'alice@example.com' } } },
  ]);
  const bob = rowsIn(await world.exported({ realm: 'user', subject: '42' }));
  expect(bob).toMatchObject([{ as: 'mentioned', values: { '/seller/id': '42', '/seller/log_in': 'bob' } }]);
});

test('objections are told, and are no erasure', async () => {
  const world = await opened({ schemas: [everything] });
  const ids = [subjectKeyId(lookupKey, { realm: 'customer', subject: 'alice' })];
  await world.records.changeObjections(ids, { kind: 'object', fromMillis: startMillis });
  await world.records.changeObjections(ids, { kind: 'withdraw', untilMillis: startMillis + 1_000 });
  const [begun] = await world.exported({ realm: 'customer', subject: 'alice' });
  const objections = [{ from: '2026-01-01T00:00:00.000Z', until: '2026-01-01T00:00:01.000Z' }];
  expect(begun).toEqual({ begun: { id: expect.any(String), key: 'none', objections, tables: 0 } });
});

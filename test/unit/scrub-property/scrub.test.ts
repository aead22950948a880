import { afterEach, describe, expect, test } from 'vitest';
import type { ScrubPropertyConfig } from '../../../functions/scrub-property/config.ts';
import type { JsonObject } from '../../../shared/event/json.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import { activate, schemaDocument } from '../../helpers/schemas.ts';
import { scrubWorld } from '../../helpers/scrub-world.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

const text = { type: 'string', notPersonal: 'made up' };
const object = (properties: JsonObject) => ({ type: 'object', additionalProperties: false, properties });
const properties = {
  note: text,
  order: text,
  tags: { type: 'array', items: text },
  buyer: object({ email: text, group: text, phones: { type: 'array', items: object({ number: text, kind: text }) } }),
  extra: { type: 'object', additionalProperties: true },
};
const order = schemaDocument({ properties });
const alpha = schemaDocument({ type: 'shop.cart.v1', properties, edi: { stage: 'alpha', retentionDays: 30 } });

const whole = {
  note: 'n',
  order: 'o',
  tags: ['t', 'u'],
  buyer: {
    email: 'e',
    group: 'g',
    phones: [
      { number: '1', kind: 'k' },
      { number: '2', kind: null },
    ],
  },
  extra: { deep: { secret: 's', kept: null }, other: [1, null] },
};
const span = { from: '2026-01-01T00:00:00Z', to: '2026-01-03T00:00:00Z' };
const asked = { type: 'shop.order.v1', ...span, reason: 'ticket 17' };
/** `extra` is text in the row of a table, and JSON where all of `data` is. */
const rowData = { ...whole, extra: JSON.stringify(whole.extra) };
const inTable = 'SELECT to_json(data)::VARCHAR FROM events_raw.shop_order_v1 ORDER BY event_key';

async function world(options: { schemas?: readonly JsonObject[]; config?: Partial<ScrubPropertyConfig> } = {}) {
  const made = await scrubWorld({ schemas: [order, alpha], ...options });
  closers.push(made.close);
  for (const [key, time] of [
    ['1-before', '2025-12-31T23:59:59.999999Z'],
    ['2-first', '2026-01-01T00:00:00Z'],
    ['3-last', '2026-01-02T23:59:59.999999Z'],
    ['4-after', '2026-01-03T00:00:00Z'],
  ]) {
    const row = { event_key: key, received_time: time, row_time: time, event_time: '2025-12-01T00:00:00Z' };
    await made.append('events_raw', 'shop_order_v1', { ...row, data: rowData });
    await made.append('events_raw', 'alpha', { ...row, type: 'shop.cart.v1', data: JSON.stringify(whole) });
    await made.append('events_raw', 'alpha', { ...row, type: 'shop.other.v1', data: JSON.stringify(whole) });
  }
  const scrub = async (body: JsonObject) => {
    const { status, text: answer } = await made.call({ ...asked, ...body });
    return { status, body: JSON.parse(answer) };
  };
  return { ...made, scrub };
}

const { buyer, extra } = whole;
const { note: _, ...withoutNote } = whole;
const { email: __, ...buyerWithoutEmail } = buyer;

describe.each([
  ['/note', { ...whole, note: null }, withoutNote],
  ['/tags', { ...whole, tags: [] }, (({ tags: ___, ...rest }) => rest)(whole)],
  ['/buyer/email', { ...whole, buyer: { ...buyer, email: null } }, { ...whole, buyer: buyerWithoutEmail }],
  [
    '/buyer/phones/number',
    {
      ...whole,
      buyer: {
        ...buyer,
        phones: [
          { number: null, kind: 'k' },
          { number: null, kind: null },
        ],
      },
    },
    { ...whole, buyer: { ...buyer, phones: [{ kind: 'k' }, { kind: null }] } },
  ],
  ['/buyer', { ...whole, buyer: null }, (({ buyer: ___, ...rest }) => rest)(whole)],
  [
    '/extra/deep/secret',
    { ...whole, extra: { ...extra, deep: { kept: null } } },
    { ...whole, extra: { ...extra, deep: { kept: null } } },
  ],
])('%s', (property, emptied, removed) => {
  test('leaves the rows that were received within the span, and nothing else does', async () => {
    const { scrub, rows } = await world();
    const dry = await scrub({ property, dryRun: true });
    expect(dry).toMatchObject({ status: 200, body: { state: 'dry run', rows: 2 } });
    expect(await rows(inTable)).toEqual([whole, whole, whole, whole]);
    expect((await scrub({ property })).body).toMatchObject({ state: 'done', rows: 2 });
    expect(await rows(inTable)).toEqual([whole, emptied, emptied, whole]);
    expect((await scrub({ property })).body).toMatchObject({ state: 'done', rows: 0 });
  });

  test('leaves the rows of a type in alpha, and not those of others', async () => {
    const { scrub, rows } = await world();
    const of = (type: string) => `SELECT data::VARCHAR FROM events_raw.alpha WHERE type = '${type}' ORDER BY event_key`;
    expect((await scrub({ property, type: 'shop.cart.v1' })).body).toMatchObject({ rows: 2 });
    expect(await rows(of('shop.cart.v1'))).toEqual([whole, removed, removed, whole]);
    expect(await rows(of('shop.other.v1'))).toEqual([whole, whole, whole, whole]);
  });
});

test('what a type had in the table of alpha goes, too', async () => {
  const { scrub, append, rows } = await world();
  const row = { received_time: '2026-01-01T00:00:00Z', event_time: '2025-12-01T00:00:00Z' };
  await append('events_raw', 'alpha', { ...row, type: 'shop.order.v1', data: JSON.stringify(whole) });
  expect((await scrub({ property: '/note' })).body).toMatchObject({ rows: 3 });
  const left = await rows("SELECT data::VARCHAR FROM events_raw.alpha WHERE type = 'shop.order.v1'");
  expect(left).toEqual([withoutNote]);
});

test('what a draft that was replaced had goes once it is declared again, as dropped', async () => {
  const draft = (more: JsonObject) =>
    schemaDocument({ type: 'shop.cart.v1', properties: more, edi: { stage: 'alpha', retentionDays: 30 } });
  const { memory, scrub, rows } = await world({ schemas: [order, draft({})] });
  const tags = { type: 'shop.cart.v1', property: '/tags' };
  const error = expect.stringContaining('declare it again, dropped');
  expect(await scrub(tags)).toEqual({ status: 400, body: { error } });
  const dropped = { type: 'array', items: { type: 'string', treatment: { do: 'drop', column: 'STRING' } } };
  await activate(memory.databases.registry, draft({ tags: dropped }));
  expect((await scrub(tags)).body).toMatchObject({ rows: 2, state: 'done' });
  const { tags: ___, ...without } = whole;
  const sql = "SELECT data::VARCHAR FROM events_raw.alpha WHERE type = 'shop.cart.v1' ORDER BY event_key";
  expect(await rows(sql)).toEqual([whole, without, without, whole]);
});

test('rows without the value, or without what it is in, stay as they are', async () => {
  const { scrub, append, rows } = await world();
  const row = { received_time: '2026-01-01T00:00:00Z', event_key: '5' };
  for (const data of [null, {}, { buyer: null }, { buyer: { group: 'g' } }, { extra: '{"deep":5}' }]) {
    await append('events_raw', 'shop_order_v1', { ...row, data });
  }
  const sql = "SELECT to_json(data)::VARCHAR FROM events_raw.shop_order_v1 WHERE event_key = '5'";
  const before = await rows(sql);
  for (const property of ['/buyer/phones/number', '/extra/deep/secret', '/buyer/email']) {
    expect((await scrub({ property })).body).toMatchObject({ rows: 2 });
  }
  expect(await rows(sql)).toEqual(before);
});

test('all majors that have the property, where none is named', async () => {
  const second = schemaDocument({ type: 'shop.order.v2', properties: { note: text } });
  const third = schemaDocument({ type: 'shop.order.v3', properties: { other: text } });
  const { scrub, append } = await world({ schemas: [order, second, third] });
  await append('events_raw', 'shop_order_v2', { received_time: '2026-01-01T00:00:00Z', data: { note: 'n' } });
  const { body } = await scrub({ property: '/note', type: 'shop.order' });
  expect(body).toMatchObject({ types: ['shop.order.v1', 'shop.order.v2'], rows: 3 });
});

test('records of the quarantine go whole, those of other types and spans stay; what is unreadable is told', async () => {
  const { scrub, append, rows } = await world();
  for (const [record_key, type, received_time] of [
    ['1', 'shop.order.v1', '2026-01-01T00:00:00Z'],
    ['2', 'shop.order.v1', '2026-01-03T00:00:00Z'],
    ['3', 'shop.cart.v1', '2026-01-01T00:00:00Z'],
    ['4', null, '2026-01-01T00:00:00Z'],
  ]) {
    await append('operations', 'quarantine', { record_key, type, received_time });
  }
  const left = 'SELECT record_key FROM operations.quarantine ORDER BY record_key';
  expect((await scrub({ property: '/note', dryRun: true })).body).toMatchObject({ records: 1, unknownRecords: 1 });
  expect(await rows(left)).toEqual(['1', '2', '3', '4']);
  expect((await scrub({ property: '/note' })).body).toMatchObject({ records: 1, unknownRecords: 1 });
  expect(await rows(left)).toEqual(['2', '3', '4']);
});

test('rows that their table did not take lose their payload, and stay to be counted', async () => {
  const { scrub, append, rows } = await world();
  const message = (type: string, received_time: string) => ({
    publish_time: '2026-01-01T10:00:00Z',
    attributes: JSON.stringify({ type, event_key: 'k' }),
    data: JSON.stringify({ event_key: 'k', received_time, sdk: 'web', data: { note: 'n' } }),
  });
  await append('operations', 'unfit_rows', message('shop.order.v1', '2026-01-01T00:00:00Z'));
  await append('operations', 'unfit_rows', message('shop.order.v1', '2026-01-04T00:00:00Z'));
  await append('operations', 'unfit_rows', message('shop.cart.v1', '2026-01-01T00:00:00Z'));
  expect((await scrub({ property: '/note', dryRun: true })).body).toMatchObject({ unfit: 1 });
  expect((await scrub({ property: '/note' })).body).toMatchObject({ unfit: 1 });
  expect((await scrub({ property: '/note' })).body).toMatchObject({ unfit: 0 });
  const [first, ...others] = await rows('SELECT data FROM operations.unfit_rows');
  expect(first).toEqual({ event_key: 'k', received_time: '2026-01-01T00:00:00Z', sdk: 'web' });
  expect(others).toHaveLength(2);
});

describe('the raw archive', () => {
  const name = (topic: string, day: string, time: string) => `event.${topic}/${day}/${time}+00:00_x.avro`;
  const put = [
    name('shop.order.v1', '2025-12-31', '23_30_00'),
    name('shop.order.v1', '2025-12-31', '23_50_00'),
    name('shop.order.v1', '2026-01-02', '12_00_00'),
    name('shop.order.v1', '2026-01-04', '10_15_00'),
    name('shop.order.v1', '2026-01-04', '10_30_00'),
    name('shop.cart.v1', '2026-01-02', '12_00_00'),
    name('alpha', '2026-01-02', '12_00_00'),
  ];

  async function archived(config: Partial<ScrubPropertyConfig> = {}) {
    const made = await world({ config: { hasRawArchive: true, ...config } });
    for (const file of put) await made.files.put(file, new Uint8Array(1));
    // A late row of the span, from which on its file may be.
    const late = { received_time: '2026-01-02T00:00:00Z', row_time: '2026-01-04T10:00:00Z' };
    await made.append('events_raw', 'shop_order_v1', { ...late, data: {} });
    return { ...made, left: () => Array.fromAsync(made.files.list('')) };
  }

  test('loses the files of the type that may hold a row of the span, late ones included', async () => {
    const { scrub, left } = await archived();
    expect((await scrub({ property: '/note', dryRun: true })).body).toMatchObject({ files: 3 });
    expect(await left()).toHaveLength(put.length);
    expect((await scrub({ property: '/note' })).body).toMatchObject({ state: 'done', files: 3 });
    expect(await left()).toEqual([put[6], put[5], put[0], put[4]]);
  });

  test('of types in alpha it loses those of all, and says so', async () => {
    const { scrub, left } = await archived();
    const { body } = await scrub({ property: '/note', type: 'shop.cart.v1' });
    expect(body).toMatchObject({ files: 1 });
    expect(JSON.stringify(body)).toContain('types in alpha included');
    expect(await left()).not.toContain(put[6]);
  });

  test('what is more than a call looks at waits for the next', async () => {
    const { scrub, left } = await archived({ maxFiles: 2 });
    expect((await scrub({ property: '/note' })).body).toMatchObject({ state: 'waits', files: 2 });
    expect((await scrub({ property: '/note' })).body).toMatchObject({ state: 'done', files: 1 });
    expect(await left()).toHaveLength(4);
  });

  test('is not asked where the environment has none', async () => {
    const { scrub, files, failing } = await world();
    await files.put(put[2] ?? '', new Uint8Array(1));
    failing.next = (operation) => {
      if (operation === 'list' || operation === 'remove') throw new Unavailable('object-store', 'down as told');
    };
    expect((await scrub({ property: '/note' })).body).toMatchObject({ state: 'done', files: 0 });
  });
});

test('the receipt says until when late rows may come, and which types still store the property', async () => {
  const dropped = { ...properties, note: { ...text, treatment: { do: 'drop', column: 'STRING' } } };
  const before = await world();
  expect((await before.scrub({ property: '/note' })).body.late).toEqual({
    until: '2026-03-02T00:00:00.000Z',
    stillStoring: ['shop.order.v1'],
  });
  const after = await world({ schemas: [schemaDocument({ properties: dropped }), alpha] });
  expect((await after.scrub({ property: '/note' })).body).toMatchObject({
    rows: 2,
    late: { until: '2026-01-30T00:00:00.000Z', stillStoring: [] },
  });
});

test('the ledger says who asked, before anything is changed and at the end; a dry run is not in it', async () => {
  const { scrub, rows, failing } = await world();
  const ledger = () => rows('SELECT to_json(scrubs)::VARCHAR FROM operations.scrubs ORDER BY state');
  await scrub({ property: '/note', dryRun: true });
  expect(await ledger()).toEqual([]);
  let changes = 0;
  failing.next = (operation) => {
    if (operation !== 'change') return;
    changes += 1;
    if (changes === 2) throw new Unavailable('table-statements', 'down as told');
  };
  expect(await scrub({ property: '/note' })).toMatchObject({ status: 503 });
  expect(await ledger()).toMatchObject([{ state: 'begun', caller: 'privacy@example.com', changed_rows: null }]);
  delete failing.next;
  const { body } = await scrub({ property: '/note' });
  expect(await ledger()).toMatchObject([
    { state: 'begun' },
    { state: 'begun', scrub_id: body.id },
    {
      state: 'done',
      scrub_id: body.id,
      types: 'shop.order.v1',
      property: '/note',
      changed_rows: 2,
      reason: 'ticket 17',
    },
  ]);
});

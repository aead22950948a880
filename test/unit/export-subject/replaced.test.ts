import { afterEach, expect, test } from 'vitest';
import { isJsonObject, type JsonObject } from '../../../shared/event/json.ts';
import { sealAt, startMillis } from '../../helpers/batches.ts';
import { exportSubjectWorld } from '../../helpers/export-subject-world.ts';
import { activate, schemaDocument } from '../../helpers/schemas.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

const personal = (pointer?: string): JsonObject => ({
  do: 'pseudonymize',
  ...(pointer === undefined ? {} : { subject: { realm: 'user', pointer } }),
});
const text = (treatment?: JsonObject): JsonObject => ({
  type: 'string',
  ...(treatment === undefined ? {} : { treatment }),
});
const object = (properties: JsonObject): JsonObject => ({ type: 'object', additionalProperties: false, properties });
const draft = (properties: JsonObject) => schemaDocument({ edi: { stage: 'alpha' }, properties });

/** `edi schema publish --replace` leaves the rows of a draft as they are. */
async function replaced(before: JsonObject, after: JsonObject, data: JsonObject) {
  const world = await exportSubjectWorld({ schemas: [draft(before)] });
  closers.push(world.close);
  const event = { id: '1', source: 's', subject: 'alice', data };
  expect(await world.deliver({ seal: sealAt(startMillis, 1), segments: [[event]] })).toBe('done');
  const rows = world.rowsOf('alpha').map((row) => ({ ...row, data: JSON.parse(String(row['data'])) }));
  world.eventRows.set('alpha', rows);
  await activate(world.registry, draft(after));
  const rowsOf = async (person: JsonObject) =>
    (await world.exported(person)).flatMap(({ row }) => (isJsonObject(row) ? [row] : []));
  return {
    own: async () => Object((await rowsOf({ realm: 'customer', subject: 'alice' }))[0]?.['event']).data,
    mentioned: async () => (await rowsOf({ realm: 'user', subject: 'jane' })).map(({ values }) => values),
  };
}

test('a draft that lost properties: what its rows hold in them is told', async () => {
  const seller = object({ login: text(personal('0')), city: text() });
  const { own, mentioned } = await replaced(
    { eMail: text(personal()), seller, seen: { type: 'array', items: text(personal('0')) }, plan: text() },
    { plan: text(), seller: object({ city: text() }) },
    { eMail: 'alice@example.com', seller: { login: 'jane', city: 'Ulm' }, seen: ['joe', 'jane'], plan: 'free' },
  );
  expect(await own()).toMatchObject({ e_mail: 'alice@example.com', seller: { city: 'Ulm' }, plan: 'free' });
  expect(await mentioned()).toEqual([{ '/seller/login': 'jane', '/seen/1': 'jane' }]);
});

test.each([
  ['is not treated any more', text(personal()), text(), 'alice@example.com', 'alice@example.com'],
  ['is treated now', text(), text(personal()), 'alice@example.com', 'alice@example.com'],
  ['is an object now', text(personal()), object({ host: text() }), 'alice@example.com', 'alice@example.com'],
  ['was an object', object({ to: text(personal()) }), text(personal()), { to: 'a' }, { to: 'a' }],
])('a property of a draft that %s', async (_, before, after, sent, told) => {
  const { own } = await replaced({ mail: before }, { mail: after }, { mail: sent });
  expect(await own()).toEqual({ mail: told });
});

test('a property of a draft that is treated now is told to whose it is alone', async () => {
  const before = { seller: text(), name: text() };
  const after = { seller: text(personal('0')), name: text(personal('1/seller')) };
  const { own, mentioned } = await replaced(before, after, { seller: 'jane', name: 'Jane' });
  expect(await own()).toEqual({});
  // Nothing in the row begins as what a key of hers has made.
  expect(await mentioned()).toEqual([]);
});

import { expect, test } from 'vitest';
import type { JsonObject } from '../../../shared/event/json.ts';
import { sealAt, startMillis } from '../../helpers/batches.ts';
import { rowsWorld } from '../../helpers/rows-world.ts';
import { schemaDocument } from '../../helpers/schemas.ts';

const pseudonymize = (pointer?: string): JsonObject => ({
  do: 'pseudonymize',
  ...(pointer === undefined ? {} : { subject: { realm: 'user', pointer } }),
});
const text = (treatment?: JsonObject): JsonObject => ({
  type: 'string',
  ...(treatment === undefined ? {} : { treatment }),
});
const object = (properties: JsonObject): JsonObject => ({ type: 'object', additionalProperties: false, properties });
const draft = (properties: JsonObject) => schemaDocument({ edi: { stage: 'alpha' }, properties });
const before = draft({
  email: text(pseudonymize()),
  phone: text(pseudonymize()),
  plan: text(),
  seller: object({ login: text(pseudonymize('0')), city: text() }),
  seen: { type: 'array', items: text(pseudonymize('0')) },
  likes: {
    type: 'object',
    propertyNames: { treatment: pseudonymize('0') },
    additionalProperties: { type: 'array', items: { type: 'integer' } },
  },
});
/** Of the email nothing is said any more, the phone is treated no more, and the seller is a text. */
const after = draft({ phone: text(), plan: text(), seller: text() });
const ofRow = (row: JsonObject | undefined) => JSON.parse(String(row?.['data']));
const hasNothingOf = (rows: readonly JsonObject[], pseudonym: unknown) =>
  expect(JSON.stringify(rows)).not.toContain(String(pseudonym).slice(0, 6));

/** Two people's rows of a draft that is replaced then: `edi schema publish --replace` leaves them as they are. */
async function replaced() {
  const world = await rowsWorld([before]);
  const data = {
    ...{ email: 'a@example.com', phone: '1', plan: ',"x":[', seller: { login: 'jane', city: 'Ulm' } },
    ...{ seen: ['jane', 'joe', 'jane'], likes: { jane: [1, 2], joe: [3] } },
  };
  const events = ['anna', 'bob'].map((subject) => ({ id: subject, source: `phone of ${subject}`, subject, data }));
  expect(await world.deliver({ seal: sealAt(startMillis, 1), segments: [events] })).toBe('done');
  await world.fillTables();
  await world.activate(after);
  const stored = async () => {
    const rows = await world.stored('alpha');
    const byKey = (key: unknown) => rows.find((row) => row['event_key'] === key);
    return { rows, byKey };
  };
  const [anna, bob] = world.rowsOf('alpha');
  return { world, stored, anna: anna ?? {}, bob: bob ?? {} };
}

test.each(['unlink', 'rows'] as const)(
  'what speaks of them in rows of a draft that was replaced goes: --%s',
  async (what) => {
    const { world, stored, anna } = await replaced();
    const own = ofRow(anna);
    const jane = own.seller.login;
    await world.remember(what, [jane]);
    expect(await world.finish()).toMatchObject({ kind: 'swept', rows: 2 });
    const { rows, byKey } = await stored();
    hasNothingOf(rows, jane);
    const [, joe] = own.seen;
    const left = { ...own, seller: { login: null, city: 'Ulm' }, seen: [joe], likes: { [joe]: [3] } };
    expect(byKey(anna['event_key'])?.['data']).toEqual(left);
    world.clock.advance(86_400_000);
    expect(await world.finish()).toEqual({ kind: 'swept', rows: 0 });
  },
);

test("no pseudonym is left in a person's own row of a draft that was replaced", async () => {
  const { world, stored, anna, bob } = await replaced();
  const other = (await stored()).byKey(bob['event_key']);
  await world.remember('unlink', [String(anna['subject'])]);
  await world.finish();
  const { rows, byKey } = await stored();
  hasNothingOf(rows, anna['subject']);
  const { plan, email, phone, ...others } = ofRow(anna);
  expect(byKey(anna['event_key'])?.['data']).toEqual({ ...others, plan, email: null, phone: null });
  expect([email, phone]).not.toContain(null);
  expect(byKey(bob['event_key'])).toEqual(other);
});

import { beforeAll, expect, test } from 'vitest';
import type { JsonObject } from '../../../shared/event/json.ts';
import { sealAt, startMillis, type TestBatch } from '../../helpers/batches.ts';
import { pseudonymizeWorld } from '../../helpers/pseudonymize-world.ts';
import { activate, registryWith, schemaDocument, testSdks } from '../../helpers/schemas.ts';
import { customerRealm, signingKey } from '../../helpers/token-issuer.ts';

const type = 'shop.order.v1';
const edi = { sdks: ['web', 'relay'], subjectRealm: 'visitor' };
const amount = { type: 'integer' };
const buyer = { type: 'string', treatment: { do: 'pseudonymize', subject: { realm: 'customer', pointer: '0' } } };
const buyers = { type: 'array', items: buyer };
const before = schemaDocument({ type, properties: { amount }, edi, open: true });
const after = schemaDocument({ type, properties: { amount, buyer, buyers }, edi, open: true });
const seal = sealAt(startMillis, 1);
const provenSubjects = [{ realm: 'customer', subject: 'c-1' }];

let sdks: JsonObject;
beforeAll(async () => {
  sdks = { ...testSdks, realms: customerRealm([await signingKey('a')]) };
});

/** Revision 2 names buyers; that of ingest did not. */
async function world({ realms = true } = {}) {
  const registry = await registryWith([before], realms ? sdks : testSdks);
  await activate(registry, after);
  return await pseudonymizeWorld({ schemas: [], registry });
}

const batchOf = (data: JsonObject, more: Partial<TestBatch> = {}): TestBatch => ({
  seal,
  segments: [[{ id: '1', type, revision: 1, data: { amount: 1, ...data } }]],
  ...more,
});

test.each<[string, JsonObject, Partial<TestBatch>]>([
  ['whom nobody proved', { buyer: 'c-2' }, {}],
  ['other than whom the request proved', { buyer: 'c-2' }, { provenSubjects }],
  ['beside whom the request proved', { buyer: 'c-1', buyers: ['c-1', 'c-2'] }, { provenSubjects }],
  ['of the same number in another realm', { buyer: 'c-1' }, { provenSubjects: [{ realm: 'visitor', subject: 'c-1' }] }],
])('somebody whom a newer revision names makes no row: %s', async (_, data, more) => {
  const { deliver, rowsOf, quarantined } = await world();
  const whole = batchOf(data, more);
  const batch = { ...whole, segments: [...whole.segments, [{ id: '2', type, revision: 1, data: { amount: 2 } }]] };
  // The one that fails waits for the second line; the other goes on.
  expect(await deliver(batch)).toBe('done');
  expect(rowsOf(type).map((row) => row['data'])).toEqual([{ amount: 2 }]);
  expect(quarantined()).toEqual([]);
  expect(await deliver(batchOf(data, more), 'second')).toBe('done');
  expect(rowsOf(type)).toHaveLength(1);
  expect(quarantined()).toMatchObject([{ row: { reason: 'subject-proof', stage: 'pseudonymize' } }]);
  const { row, payload } = quarantined()[0] ?? { row: {}, payload: '' };
  expect(JSON.parse(payload)).toMatchObject({ data });
  expect(JSON.stringify(row)).not.toContain('c-2');
  expect(JSON.stringify(row)).toContain('token-subject');
});

test.each<[string, JsonObject, Partial<TestBatch>]>([
  ['whom the request proved', { buyer: 'c-1', buyers: ['c-1'] }, { provenSubjects }],
  ['whom a binding with a secret key names', { buyer: 'c-2' }, { sdk: 'relay' }],
  ['nobody', {}, {}],
])('a row is made of an event that names by a newer revision %s', async (_, data, more) => {
  const { deliver, rowsOf } = await world();
  expect(await deliver(batchOf(data, more))).toBe('done');
  expect(rowsOf(type)).toHaveLength(1);
});

test('nobody has to be proven where realms are not verified, nor again where ingest had the same revision', async () => {
  const open = await world({ realms: false });
  expect(await open.deliver(batchOf({ buyer: 'c-2' }))).toBe('done');
  expect(open.rowsOf(type)).toHaveLength(1);
  const verified = await world();
  const same = { ...batchOf({}), segments: [[{ id: '1', type, revision: 2, data: { amount: 1, buyer: 'c-2' } }]] };
  expect(await verified.deliver(same)).toBe('done');
  expect(verified.rowsOf(type)).toHaveLength(1);
});

import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../../shared/event/json.ts';
import { openQuarantined } from '../../../shared/quarantine/quarantine-record.ts';
import { type IngestWorld, orderEvent, startIngest } from '../../helpers/ingest-world.ts';
import { memoryPortsWith } from '../../helpers/memory-ports.ts';
import { quarantineRecordOf } from '../../helpers/quarantine-records.ts';
import { schemaDocument, testSdks } from '../../helpers/schemas.ts';
import {
  audience,
  customerRealm,
  nowSeconds,
  type SigningKey,
  sharedKey,
  signingKey,
  type TokenChanges,
  tokenOf,
} from '../../helpers/token-issuer.ts';

const member = { do: 'pseudonymize', subject: { realm: 'customer', pointer: '/buyer' } };
const schemas = [
  schemaDocument({ properties: { amount: { type: 'integer' } }, edi: { sdks: ['web', 'phone', 'relay'] } }),
  schemaDocument({
    type: 'shop.gift.v1',
    properties: { buyer: { type: 'string', treatment: member }, note: { type: 'string', treatment: member } },
    edi: { sdks: ['web', 'relay'], subjectRealm: 'visitor' },
  }),
];
const gift = (buyer: JsonValue, more: JsonObject = {}) =>
  orderEvent({ type: 'shop.gift.v1', data: { buyer }, ...more });

let key: SigningKey;
let world: IngestWorld;

beforeAll(async () => {
  key = await signingKey('a');
});
beforeEach(async () => {
  world = await startIngest({ schemas, sdks: { ...testSdks, realms: customerRealm([key, sharedKey('s')]) } });
});
afterEach(() => world.close());

async function send(event: JsonObject, token?: string, headers: Record<string, string> = {}): Promise<unknown> {
  const proof = token === undefined ? {} : { 'x-edi-subject-token': token };
  const response = await world.post([event, orderEvent({ id: 'of-nobody' })], { ...proof, ...headers });
  return await response.json();
}

const accepted = { accepted: 2, rejected: [] };
const refused = (transient: boolean, keyword: string, path = '/subject') => ({
  accepted: 1,
  rejected: [{ index: 0, id: 'e-1', transient, reason: 'subject', errors: [{ path, keyword }] }],
});

describe('with a public key, a person of a verified realm', () => {
  const event = orderEvent({ subject: 'c-1' });

  test('is named by whom a token proves', async () => {
    expect(await send(event, await tokenOf(key, 'c-1'))).toMatchObject(accepted);
    expect(await send(event, await tokenOf(sharedKey('s'), 'c-1'))).toMatchObject(accepted);
    expect(world.received()[0]?.index.segments).toMatchObject([
      { provenSubjects: [{ realm: 'customer', subject: 'c-1' }] },
    ]);
  });

  test('is refused for now without a token, and for good with that of another', async () => {
    expect(await send(event)).toMatchObject(refused(true, 'token-missing'));
    expect(await send(event, await tokenOf(key, 'c-2'))).toMatchObject(refused(false, 'token-subject'));
    expect(await send(orderEvent({ subject: 'C-1' }), await tokenOf(key, 'c-1'))).toMatchObject(
      refused(false, 'token-subject'),
    );
    expect(world.quarantined()).toEqual([]);
    expect(world.observer.counts.get('retry-answered.subject')).toBe(1);
    expect(world.observer.counts.get('rejected.subject')).toBe(2);
  });

  test.each<[string, TokenChanges, string]>([
    ['expired', { claims: { iat: nowSeconds - 7_200, exp: nowSeconds - 3_700 } }, 'token-expired'],
    ['of tomorrow', { claims: { iat: nowSeconds + 86_400, exp: nowSeconds + 90_000 } }, 'token-early'],
    ['of an issuer that no realm knows', { claims: { iss: 'https://evil.example' } }, 'token-issuer'],
    ['of a key that the realm does not know', { header: { kid: 'z' } }, 'token-key'],
  ])('waits with a token that is %s', async (_, changes, keyword) => {
    expect(await send(event, await tokenOf(key, 'c-1', changes))).toMatchObject(refused(true, keyword));
    expect(world.quarantined()).toEqual([]);
  });

  test('is named where a treatment finds whose a value is, with the place', async () => {
    expect(await send(gift('c-1'), await tokenOf(key, 'c-1'))).toMatchObject(accepted);
    expect(await send(gift('c-2'), await tokenOf(key, 'c-1'))).toMatchObject(
      refused(false, 'token-subject', '/data/buyer'),
    );
    expect(await send(gift('c-2'))).toMatchObject(refused(true, 'token-missing', '/data/buyer'));
    // The subject is of a realm that nobody has to prove.
    expect(await send(gift('c-1', { subject: 'v-1' }), await tokenOf(key, 'c-1'))).toMatchObject(accepted);
  });

  test('is checked before the schema, so that no broken event of somebody else is kept', async () => {
    expect(await send(orderEvent({ subject: 'c-2', data: { amount: 'x' } }), await tokenOf(key, 'c-1'))).toMatchObject(
      refused(false, 'token-subject'),
    );
    expect(await send(gift('c-2', { data: { buyer: 'c-2', note: 5 } }))).toMatchObject(
      refused(true, 'token-missing', '/data/buyer'),
    );
    expect(world.quarantined()).toEqual([]);
  });

  test('is no matter to an event that names nobody, whatever the token', async () => {
    for (const token of [undefined, 'nonsense', await tokenOf(key, 'c-1')]) {
      expect(await send(orderEvent(), token)).toMatchObject({ accepted: 2, duplicates: 0 });
    }
  });
});

test('a token that has expired counts for events of its time, corrected by the clock of who sends', async () => {
  const token = await tokenOf(key, 'c-1', { claims: { iat: nowSeconds - 7_200, exp: nowSeconds - 3_600 } });
  const at = (secondsAgo: number) => new Date((nowSeconds - secondsAgo) * 1_000).toISOString();
  expect(await send(orderEvent({ subject: 'c-1', time: at(5_000) }), token)).toMatchObject(accepted);
  expect(await send(orderEvent({ subject: 'c-1', time: at(1_000) }), token)).toMatchObject(
    refused(true, 'token-expired'),
  );
  // The client's clock is ahead: by ours the event happened when the token was valid.
  const ahead = { 'x-edi-sent-at': at(-4_000) };
  expect(await send(orderEvent({ subject: 'c-1', time: at(1_000) }), token, ahead)).toMatchObject(accepted);
  // What the token does not count for has no proof with it.
  const proofs = world
    .received()
    .flatMap(({ index }) => index.segments.map(({ provenSubjects }) => provenSubjects?.length));
  expect(proofs.sort()).toEqual([1, 1, 1, undefined]);
});

test('with a secret key anybody is named, without a token', async () => {
  const headers = { authorization: 'Bearer key-relay' };
  expect(await send(orderEvent({ subject: 'c-1' }), undefined, headers)).toMatchObject(accepted);
  expect(await send(gift('c-2', { id: 'g' }), 'nonsense', headers)).toMatchObject(accepted);
});

test('where all of a request waits for a token, no sender takes the answer for delivered', async () => {
  const response = await world.post([orderEvent({ subject: 'c-1' })]);
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
});

test('a realm that cannot be read lets nobody in', async () => {
  await world.close();
  const realms = { customer: { verified: { issuer: 'x', audience: 5, keys: ['nonsense'] } } };
  world = await startIngest({ schemas, sdks: { ...testSdks, realms } });
  expect(await send(orderEvent({ subject: 'c-1' }), await tokenOf(key, 'c-1'))).toMatchObject(
    refused(true, 'token-issuer'),
  );
});

describe('a record of the quarantine holds in its box whom the request proved', () => {
  async function proven(events: readonly JsonValue[], token: string): Promise<unknown[]> {
    const { secrets } = await memoryPortsWith([]);
    await world.post(events, { 'x-edi-subject-token': token });
    return world
      .quarantined()
      .map(({ row }) => openQuarantined(secrets.quarantinePrivateKey, quarantineRecordOf(row))?.provenSubjects);
  }
  const one = [{ realm: 'customer', subject: 'c-1' }];

  test('of an event with and without a time, and nobody where the token proves nothing', async () => {
    const events = [
      orderEvent({ subject: 'c-1', data: { amount: 'x' } }),
      orderEvent({ type: 'shop.none.v1', time: 'x' }),
    ];
    expect(await proven(events, await tokenOf(key, 'c-1'))).toEqual([one, one]);
    expect(await proven([orderEvent({ type: 'shop.other.v1' })], 'nonsense')).toEqual([one, one, []]);
  });

  test('of events that are kept together what counts for all of them', async () => {
    const expired = await tokenOf(key, 'c-1', { claims: { iat: nowSeconds - 7_200, exp: nowSeconds - 3_600 } });
    const time = (secondsAgo: number) => new Date((nowSeconds - secondsAgo) * 1_000).toISOString();
    const of = (secondsAgo: number) =>
      Array.from({ length: 30 }, (_, at) =>
        orderEvent({ id: `e-${at}`, type: 'shop.none.v1', time: time(secondsAgo - at) }),
      );
    expect(await proven(of(5_000), expired)).toEqual([one]);
    expect(await proven(of(3_560), expired)).toEqual([one, []]);
  });
});

test('guessing: a public key and the token of one account tell nothing of any other', async () => {
  const token = await tokenOf(key, 'c-attacker', { claims: { aud: audience } });
  const guesses = Array.from({ length: 1_000 }, (_, at) =>
    orderEvent({ id: `g-${at}`, subject: `customer-${100_000 + at}` }),
  );
  for (const headers of [{}, { 'x-edi-subject-token': token }]) {
    const answer: unknown = await (await world.post(guesses, headers)).json();
    expect(answer).toMatchObject({ accepted: 0, rejected: { length: 1_000 } });
  }
  expect(world.publisher.messagesOf('received')).toEqual([]);
  expect(world.publisher.messagesOf('quarantine')).toEqual([]);
  expect(world.observer.counts.get('rejected.subject')).toBe(1_000);
  expect(world.observer.counts.get('retry-answered.subject')).toBe(1_000);
});

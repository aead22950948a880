import { beforeAll, expect, test } from 'vitest';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { createMemoryObjectStore } from '../../../shared/adapters/memory/object-store.ts';
import type { JsonObject, JsonValue } from '../../../shared/event/json.ts';
import type { ObjectStore } from '../../../shared/ports/object-store.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import { readVerifiedRealms, type VerifiedRealm } from '../../../shared/sdks/verified-realms.ts';
import { makeRealmKeys } from '../../../shared/subject-tokens/realm-keys.ts';
import { recordingObserver } from '../../helpers/recording-observer.ts';
import { customerRealm, sharedKey, signingKey } from '../../helpers/token-issuer.ts';

const jwksUri = 'https://accounts.example.com/keys';
const day = 86_400_000;
const jwks = new Map<string, JsonObject>();

beforeAll(async () => {
  for (const [kid, alg] of [
    ['old', 'ES256'],
    ['new', 'EdDSA'],
    ['rsa', 'RS256'],
  ] as const) {
    jwks.set(kid, (await signingKey(kid, alg)).jwk);
  }
  jwks.set('shared', sharedKey('shared').jwk);
});

function realmWith(uri = jwksUri): VerifiedRealm {
  const realm = readVerifiedRealms({ realms: customerRealm([], { jwksUri: uri }) }).realms.get('customer');
  if (realm === undefined) throw new Error('no realm');
  return realm;
}

/** An issuer with these keys, and instances that share what they have seen. */
function world(...published: string[]) {
  const clock = createManualClock(Date.UTC(2026, 0, 1));
  const seen = createMemoryObjectStore();
  const observer = recordingObserver();
  const issuer = { published, asked: 0, answer: undefined as JsonValue | Error | undefined };
  const settings = { minKeySetAskSeconds: 30, maxKeySetAgeSeconds: 600, lookBackDays: 28 };
  const instance = (store: ObjectStore = seen) =>
    makeRealmKeys({
      async fetchKeySet(uri) {
        expect(uri).toBe(jwksUri);
        issuer.asked++;
        if (issuer.answer instanceof Error) throw issuer.answer;
        return issuer.answer ?? { keys: issuer.published.map((kid) => jwks.get(kid) ?? null) };
      },
      ...{ seen: store, clock, observer, settings },
    });
  return { clock, seen, observer, issuer, instance };
}

test('a key that is not known is asked for, at a bounded rate', async () => {
  const { issuer, instance, clock } = world('old');
  const keys = instance();
  const realm = realmWith();
  expect(await keys.find(realm, 'old')).toMatchObject({ kid: 'old', algorithm: 'ES256' });
  for (let made = 0; made < 100; made++) expect(await keys.find(realm, `made-up-${made}`)).toBeUndefined();
  expect(issuer.asked).toBe(1);
  issuer.published.push('new');
  expect(await keys.find(realm, 'new')).toBeUndefined();
  clock.advance(30_000);
  const [found, other] = await Promise.all([keys.find(realm, 'new'), keys.find(realm, 'other')]);
  expect([found?.kid, other, issuer.asked]).toEqual(['new', undefined, 2]);
});

test('a key that leaves its set goes on for one look-back, on instances that never saw it published', async () => {
  const { issuer, instance, clock } = world('old');
  const realm = realmWith();
  await instance().find(realm, 'old');
  issuer.published = ['new'];
  clock.advance(20 * day);
  expect(await instance().find(realm, 'old')).toMatchObject({ kid: 'old' });
  expect(await instance().find(realm, 'new')).toMatchObject({ kid: 'new' });
  clock.advance(9 * day + 1);
  expect(await instance().find(realm, 'old')).toBeUndefined();
  expect(await instance().find(realm, 'new')).toMatchObject({ kid: 'new' });
});

test('a known key never waits; its set is asked for again beside the requests', async () => {
  const { issuer, instance, clock } = world('old');
  const keys = instance();
  await keys.find(realmWith(), 'old');
  clock.advance(600_000);
  expect(await keys.find(realmWith(), 'old')).toMatchObject({ kid: 'old' });
  await keys.find(realmWith(), 'nobody');
  expect(issuer.asked).toBe(2);
});

test.each<[string, JsonValue | Error]>([
  ['does not answer', new Unavailable('realm-keys', 'did not answer')],
  ['answers nonsense', 'nonsense'],
  ['answers a set of nonsense', { keys: [null, 5, {}, { kid: 'old' }] }],
])('an issuer that %s changes nothing', async (_, answer) => {
  const { issuer, instance, clock } = world('old');
  const keys = instance();
  await keys.find(realmWith(), 'old');
  issuer.answer = answer;
  clock.advance(600_000);
  expect(await keys.find(realmWith(), 'nobody')).toBeUndefined();
  expect(await keys.find(realmWith(), 'old')).toMatchObject({ kid: 'old' });
  expect(await instance().find(realmWith(), 'old')).toMatchObject({ kid: 'old' });
});

test('without the store of what was seen, what is published now is known', async () => {
  const { instance, observer } = world('old');
  const lost = async () => {
    throw new Unavailable('object-store', 'did not answer');
  };
  const keys = instance({ get: lost, stream: lost, getBounded: lost, put: lost, remove: lost, async *list() {} });
  expect(await keys.find(realmWith(), 'old')).toMatchObject({ kid: 'old' });
  expect(observer.entries.map(({ severity }) => severity)).toEqual(['WARNING', 'WARNING']);
});

test('what we do not verify with is none of a realm: RSA, and secrets whatever they name', async () => {
  const { instance } = world('rsa', 'shared', 'new');
  const keys = instance();
  const found = await Promise.all(['rsa', 'shared', 'new'].map((kid) => keys.find(realmWith(), kid)));
  expect(found.map((key) => key?.kid)).toEqual([undefined, undefined, 'new']);
});

test('keys of another address are not those of this one, and a realm without one asks nobody', async () => {
  const { seen, instance, issuer } = world('new');
  const stored = {
    uri: 'https://other.example.com/keys',
    keys: [{ jwk: jwks.get('old'), seenAtMillis: Date.UTC(2026, 0, 1) }],
  };
  await seen.put('customer.json', Buffer.from(JSON.stringify(stored)));
  expect(await instance().find(realmWith(), 'old')).toBeUndefined();
  const { jwksUri: _, ...closed } = realmWith();
  expect(await instance().find(closed, 'new')).toBeUndefined();
  expect(issuer.asked).toBe(1);
});

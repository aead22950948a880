import { beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../../shared/event/json.ts';
import { readVerifiedRealms } from '../../../shared/sdks/verified-realms.ts';
import { audience, customerRealm, issuer, type SigningKey, sharedKey, signingKey } from '../../helpers/token-issuer.ts';

let key: SigningKey;
beforeAll(async () => {
  key = await signingKey('a');
});

const verified = (changes: JsonObject = {}): JsonObject => ({
  customer: { verified: { issuer, audience, keys: [key.jwk], ...changes } },
});
const problemsOf = (realms: JsonValue) => readVerifiedRealms({ realms }).problems;

test('reads realms with their keys, and those that are not verified are none', () => {
  const realms = {
    ...customerRealm([key, sharedKey('s')], { jwksUri: 'https://a.example/keys', revokedKeys: ['b'] }),
    visitor: {},
  };
  const read = readVerifiedRealms({ realms });
  expect(read.problems).toEqual([]);
  expect([...read.realms.keys()]).toEqual(['customer']);
  expect(read.realms.get('customer')).toMatchObject({
    ...{ name: 'customer', issuer, audience, jwksUri: 'https://a.example/keys', revokedKeys: new Set(['b']) },
    keys: new Map<string, unknown>([
      ['a', { kid: 'a', algorithm: 'ES256', jwk: expect.objectContaining({ crv: 'P-256' }) }],
      ['s', { kid: 's', algorithm: 'HS256', secret: 'shared' }],
    ]),
  });
  for (const document of [{}, { realms: {} }, null]) expect(readVerifiedRealms(document).realms.size).toBe(0);
});

describe('a problem is told, and the realm is verified all the same', () => {
  test.each<[string, JsonObject, string]>([
    ['no issuer', { issuer: '' }, '/issuer'],
    ['no audience', { audience: 5 }, '/audience'],
    ['no key', { keys: [] }, ''],
    ['keys that are no list', { keys: {} }, '/keys'],
    ['an address that anybody could answer for', { jwksUri: 'http://a.example/keys' }, '/jwksUri'],
    ['an address with a password', { jwksUri: 'https://u:p@a.example/keys' }, '/jwksUri'],
    ['a list that is none', { revokedTokens: 'a' }, '/revokedTokens'],
    ['a list of numbers', { revokedKeys: [5] }, '/revokedKeys'],
  ])('%s', (_, changes, pointer) => {
    const { realms, problems } = readVerifiedRealms({ realms: verified(changes) });
    expect(problems.map((problem) => problem.pointer)).toContain(`/realms/customer/verified${pointer}`);
    expect(realms.has('customer')).toBe(true);
  });

  test.each<[string, (jwk: JsonObject) => JsonValue, RegExp]>([
    ['no object', () => 'nonsense', /JSON object/],
    ['without an id', ({ kid: _, ...jwk }) => jwk, /"kid"/],
    ['for another algorithm', (jwk) => ({ ...jwk, alg: 'HS256' }), /must be an EC key/],
    ['for RSA', () => ({ kid: 'r', kty: 'RSA', alg: 'RS256', n: 'x', e: 'AQAB' }), /must be an EC key/],
    ['with its private part', (jwk) => ({ ...jwk, d: 'x' }), /replace this key/],
    ['that is the secret itself', () => ({ kid: 's', kty: 'oct', alg: 'HS256', k: 'x' }), /replace this key/],
    ['that names no secret', () => ({ kid: 's', kty: 'oct', alg: 'HS256' }), /edi-subject-token-secrets/],
    ['without its coordinates', (jwk) => ({ ...jwk, y: '' }), /"x" and "y"/],
    ['for encryption', (jwk) => ({ ...jwk, use: 'enc' }), /signatures/],
  ])('a key %s', (_, change, message) => {
    const { realms, problems } = readVerifiedRealms({ realms: verified({ keys: [change(key.jwk)] }) });
    expect(problems[0]).toMatchObject({
      pointer: '/realms/customer/verified/keys/0',
      message: expect.stringMatching(message),
    });
    expect(realms.get('customer')?.keys.size).toBe(0);
    expect(JSON.stringify(problems)).not.toContain(String(key.jwk['x']));
  });

  test('what is said twice', () => {
    expect(problemsOf(verified({ keys: [key.jwk, key.jwk] }))).toMatchObject([
      { pointer: '/realms/customer/verified/keys/1/kid' },
    ]);
    const twice = { ...verified(), member: verified()['customer'] ?? null };
    expect(problemsOf(twice)).toMatchObject([{ pointer: '/realms/member/verified/audience' }]);
  });

  test('a name that is no realm, and what is no object', () => {
    expect(problemsOf({ source: verified()['customer'] ?? null })).toMatchObject([{ pointer: '/realms/source' }]);
    expect(problemsOf({ Customer: {} })).toMatchObject([{ pointer: '/realms/Customer' }]);
    expect(problemsOf([])).toMatchObject([{ pointer: '/realms' }]);
    expect(readVerifiedRealms({ realms: { customer: { verified: true } } }).realms.has('customer')).toBe(true);
    expect(readVerifiedRealms({ realms: { customer: 5 } }).realms.has('customer')).toBe(true);
  });
});

import { createSecretKey } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { readVerifiedRealms } from '../../../shared/sdks/verified-realms.ts';
import { makeTokenVerifier } from '../../../shared/subject-tokens/verify-token.ts';
import {
  audience,
  customerRealm,
  issuer,
  nowSeconds,
  type SigningKey,
  sharedKey,
  signingKey,
  type TokenChanges,
  tokenOf,
} from '../../helpers/token-issuer.ts';

let es256: SigningKey;
let eddsa: SigningKey;
let stranger: SigningKey;
const hs256 = sharedKey('c');

beforeAll(async () => {
  [es256, eddsa, stranger] = await Promise.all([signingKey('a'), signingKey('b', 'EdDSA'), signingKey('a')]);
});

const secrets = new Map([['shared', createSecretKey(Buffer.alloc(32, 5))]]);

async function verify(token: string, more = {}): Promise<unknown> {
  const member = { verified: { issuer, audience: 'members', keys: [eddsa.jwk] } };
  const document = { realms: { ...customerRealm([es256, eddsa, hs256], more), member } };
  const { realms, problems } = readVerifiedRealms(document);
  expect(problems).toEqual([]);
  const verifier = makeTokenVerifier({ keys: { find: async () => undefined }, secrets, maxTokenBytes: 4_096 });
  const result = await verifier(token, realms);
  return result.kind === 'refused' ? result.problem : result;
}

const verified = { kind: 'verified', realm: 'customer', subject: 'c-1' };

test('tokens of each algorithm are verified, with what they say of their time', async () => {
  const times = { fromMillis: nowSeconds * 1_000, untilMillis: (nowSeconds + 3_600) * 1_000 };
  for (const key of [es256, eddsa, hs256])
    expect(await verify(await tokenOf(key, 'c-1'))).toEqual({ ...verified, ...times });
  const nbf = await tokenOf(es256, 'c-1', { claims: { nbf: nowSeconds - 60 } });
  expect(await verify(nbf)).toMatchObject({ fromMillis: (nowSeconds - 60) * 1_000 });
  const noStart = await tokenOf(es256, 'c-1', { claims: { iat: undefined } });
  expect(await verify(noStart)).toMatchObject({ fromMillis: Number.NEGATIVE_INFINITY });
});

test('a token says whose numbering its subject is by issuer and audience', async () => {
  const member = await tokenOf(eddsa, 'm-1', { claims: { aud: 'members' } });
  expect(await verify(member)).toMatchObject({ realm: 'member', subject: 'm-1' });
  const both = await tokenOf(es256, 'c-1', { claims: { aud: ['other', audience] } });
  expect(await verify(both)).toMatchObject({ realm: 'customer' });
});

describe('a token is refused', () => {
  test.each<[string, TokenChanges, string]>([
    ['of another issuer', { claims: { iss: 'https://evil.example' } }, 'token-issuer'],
    ['without an issuer', { claims: { iss: undefined } }, 'token-issuer'],
    ['for another audience', { claims: { aud: 'shop' } }, 'token-issuer'],
    ['without an end', { claims: { exp: undefined } }, 'token-malformed'],
    ['whose end is text', { claims: { exp: '2100' } as never }, 'token-malformed'],
    ['without a subject', { claims: { sub: undefined } }, 'token-malformed'],
    ['with an empty subject', { claims: { sub: '' } }, 'token-malformed'],
    ['with a subject of 10 KB', { claims: { sub: 'x'.repeat(10_240) } }, 'token-malformed'],
    ['without a key', { header: { kid: undefined } }, 'token-malformed'],
    ['with a key that nobody knows', { header: { kid: 'z' } }, 'token-key'],
    ['with an extension that must be understood', { header: { crit: ['b64'], b64: true } }, 'token-malformed'],
  ])('%s', async (_, changes, problem) => {
    const token = await tokenOf(es256, 'c-1', changes).catch(() => 'not to be signed');
    expect(await verify(token)).toBe(problem);
  });

  test.each(['', 'x', 'a.b', 'a.b.c', '..', 'e30.e30.', `e30.e30.${'A'.repeat(5_000)}`, 'é.é.é'])(
    '%j',
    async (token) => {
      expect(await verify(token)).toMatch(/^token-(malformed|issuer)$/);
    },
  );

  test('with the signature of another key of the same id, and when any byte is changed', async () => {
    expect(await verify(await tokenOf(stranger, 'c-1'))).toBe('token-signature');
    const [header = '', , signature = ''] = (await tokenOf(es256, 'c-1')).split('.');
    const [, otherClaims = ''] = (await tokenOf(es256, 'c-2')).split('.');
    expect(await verify(`${header}.${otherClaims}.${signature}`)).toBe('token-signature');
  });

  test('with an algorithm that is not the one of its key: unsigned, or keyed with what is public', async () => {
    const [, claims = ''] = (await tokenOf(es256, 'c-1')).split('.');
    const unsigned = Buffer.from(JSON.stringify({ alg: 'none', kid: 'a' })).toString('base64url');
    expect(await verify(`${unsigned}.${claims}.`)).toBe('token-algorithm');
    const publicBytes = createSecretKey(Buffer.from(JSON.stringify(es256.jwk)));
    const confused = await tokenOf({ ...hs256, kid: 'a', key: publicBytes }, 'c-1');
    expect(await verify(confused)).toBe('token-algorithm');
    expect(await verify(await tokenOf({ ...eddsa, kid: 'a' }, 'c-1'))).toBe('token-algorithm');
  });

  test('with a key in its own header', async () => {
    const token = await tokenOf(stranger, 'c-1', { header: { jwk: stranger.jwk, jku: 'https://evil.example/keys' } });
    expect(await verify(token)).toBe('token-signature');
  });

  test('when its key or the token itself was revoked', async () => {
    const token = await tokenOf(es256, 'c-1', { claims: { jti: 't-1' } });
    expect(await verify(token)).toMatchObject(verified);
    expect(await verify(token, { revokedTokens: ['t-1'] })).toBe('token-revoked');
    expect(await verify(token, { revokedKeys: ['a'] })).toBe('token-revoked');
    expect(await verify(await tokenOf(eddsa, 'c-1'), { revokedKeys: ['a'] })).toMatchObject(verified);
  });

  test('when the secret that its key names is not there', async () => {
    const other = { ...hs256, jwk: { ...hs256.jwk, secret: 'other' } };
    const { realms } = readVerifiedRealms({ realms: customerRealm([other]) });
    const verifier = makeTokenVerifier({ keys: { find: async () => undefined }, secrets, maxTokenBytes: 4_096 });
    expect(await verifier(await tokenOf(hs256, 'c-1'), realms)).toMatchObject({ problem: 'token-key' });
  });
});

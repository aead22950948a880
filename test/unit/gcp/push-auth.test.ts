import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import type { FetchedKeys } from '../../../shared/adapters/gcp/google-keys.ts';
import { createPushAuthenticator } from '../../../shared/adapters/gcp/push-auth.ts';
import { createManualClock, type ManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import type { PushAuthenticator } from '../../../shared/ports/push-authenticator.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';

const google = generateKeyPairSync('rsa', { modulusLength: 2048 });
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 });
const audience = 'https://dedup-123.europe-west1.run.app';
const serviceAccountEmail = 'pusher@edi.iam.gserviceaccount.com';
const settings = { kind: 'oidc', audience, serviceAccountEmail, behindCloudRun: true } as const;

let clock: ManualClock;
let fetches: number;
let served: () => FetchedKeys;
let authenticator: PushAuthenticator;

function keySet(...keys: readonly (readonly [string, KeyObject])[]): string {
  return JSON.stringify({ keys: keys.map(([kid, key]) => ({ ...key.export({ format: 'jwk' }), kid, use: 'sig' })) });
}

beforeEach(() => {
  clock = createManualClock();
  fetches = 0;
  served = () => ({ body: keySet(['g1', google.publicKey]), maxAgeSeconds: 3_600 });
  authenticator = createPushAuthenticator({
    settings,
    clock,
    async fetchKeys() {
      fetches += 1;
      return served();
    },
  });
});

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function claimsOf(changed: object = {}): object {
  const now = Math.floor(clock.nowMillis() / 1_000);
  const claims = {
    iss: 'https://accounts.google.com',
    aud: audience,
    email: serviceAccountEmail,
    email_verified: true,
  };
  return { ...claims, sub: '1234', iat: now - 10, exp: now + 3_600, ...changed };
}

function tokenOf(claims: object = claimsOf(), header: object = { alg: 'RS256', kid: 'g1', typ: 'JWT' }): string {
  const signed = `${part(header)}.${part(claims)}`;
  return `Bearer ${signed}.${sign('RSA-SHA256', Buffer.from(signed), google.privateKey).toString('base64url')}`;
}

/** As Cloud Run's IAM check hands a token on. */
function stripped(token: string): string {
  return token.replace(/[^.]+$/, 'SIGNATURE_REMOVED_BY_GOOGLE');
}

async function problemOf(authorization: string | undefined, serverless?: string): Promise<string | undefined> {
  const answer = await authenticator.check(authorization, serverless);
  return answer.kind === 'refused' ? answer.problem : undefined;
}

test('takes a token of the subscription, again and again with one fetch of the keys', async () => {
  for (let count = 0; count < 3; count += 1)
    expect(await authenticator.check(tokenOf())).toEqual({ kind: 'authentic' });
  expect(fetches).toBe(1);
});

const wrongClaims: readonly (readonly [string, object, string])[] = [
  ['another issuer', { iss: 'https://evil.example' }, 'not issued by Google'],
  ['another audience', { aud: 'https://other.run.app' }, 'another audience'],
  ['several audiences', { aud: [audience] }, 'another audience'],
  ['another account', { email: 'someone@else.example' }, 'another account'],
  ['no account', { email: undefined }, 'another account'],
  ['an address that is not verified', { email_verified: 'true' }, 'not verified'],
  ['a time of expiry that is long over', { exp: 1 }, 'expired'],
  ['no time of expiry', { exp: undefined }, 'expired'],
  ['a time of issue to come', { iat: 4_000_000_000 }, 'from the future'],
  ['no time of issue', { iat: undefined }, 'from the future'],
  ['a time of issue that is days over', { iat: 1 }, 'expired'],
  ['a time before which it is not good', { nbf: 4_000_000_000 }, 'from the future'],
];

test.each(wrongClaims)('refuses a token with %s', async (_, changed, problem) => {
  expect(await problemOf(tokenOf(claimsOf(changed)))).toContain(problem);
});

describe('a token whose signature Cloud Run has removed', () => {
  test('is taken by its claims, behind Cloud Run alone, and without a key', async () => {
    expect(await authenticator.check(stripped(tokenOf()))).toEqual({ kind: 'authentic', signature: 'removed' });
    expect(fetches).toBe(0);
    const elsewhere = { ...settings, behindCloudRun: false };
    authenticator = createPushAuthenticator({ settings: elsewhere, clock, fetchKeys: async () => served() });
    expect(await problemOf(stripped(tokenOf()))).toContain('signature');
  });

  test.each(wrongClaims)('is refused with %s', async (_, changed, problem) => {
    expect(await problemOf(stripped(tokenOf(claimsOf(changed))))).toContain(problem);
  });

  test.each([
    ['another algorithm', { alg: 'none', kid: 'g1' }, 'RS256'],
    ['a keyed hash', { alg: 'HS256', kid: 'g1' }, 'RS256'],
    ['no key', { alg: 'RS256' }, 'not one of'],
    ['something critical', { alg: 'RS256', kid: 'g1', crit: ['exp'], exp: 1 }, 'not well-formed'],
    ['a header that is no object', [1], 'no JSON objects'],
  ])('is refused with %s in its header', async (_, header, problem) => {
    expect(await problemOf(stripped(tokenOf(claimsOf(), header)))).toContain(problem);
  });

  test.each(['', 'x', 'x.y'])('is refused when %j follows or the claims are none', async (more) => {
    expect(await problemOf(`${stripped(tokenOf())}${more === '' ? '_' : more}`)).toBeDefined();
    expect(await problemOf(`Bearer ${part({ alg: 'RS256', kid: 'g1' })}.AAAA.SIGNATURE_REMOVED_BY_GOOGLE`)).toContain(
      'no JSON objects',
    );
  });

  test.each(['signature_removed_by_google', 'SIGNATURE_REMOVED_BY_GOOGLE_', 'SIGNATURE-REMOVED-BY-GOOGLE', 'AA'])(
    'is no token that ends in %s: what is no removed signature is verified',
    async (signature) => {
      expect(await problemOf(tokenOf().replace(/[^.]+$/, signature))).toContain('signature');
    },
  );

  test('is refused when Cloud Run has looked at another token instead, since nobody has verified this one', async () => {
    const token = stripped(tokenOf());
    expect(await problemOf(token, stripped(tokenOf(claimsOf({ email: 'other@edi.example' }))))).toContain(
      'another token',
    );
    expect(await problemOf(token, token)).toBeUndefined();
  });
});

test('allows for a minute between the clocks, and no more', async () => {
  const token = tokenOf();
  clock.advance(3_600_000 + 59_000);
  expect(await problemOf(token)).toBeUndefined();
  clock.advance(2_000);
  expect(await problemOf(token)).toContain('expired');
});

describe('a forged token', () => {
  test('with a changed claim does not fit its signature', async () => {
    const [header, , signature] = tokenOf().split('.');
    const forged = `${header}.${part(claimsOf({ sub: 'other' }))}.${signature}`;
    expect(await problemOf(forged)).toContain('signature');
  });

  test('signed by somebody else is refused', async () => {
    const signed = `${part({ alg: 'RS256', kid: 'g1' })}.${part(claimsOf())}`;
    const signature = sign('RSA-SHA256', Buffer.from(signed), stranger.privateKey).toString('base64url');
    expect(await problemOf(`Bearer ${signed}.${signature}`)).toContain('signature');
  });

  test('that chooses another algorithm is refused', async () => {
    const none = `${part({ alg: 'none', kid: 'g1' })}.${part(claimsOf())}`;
    expect(await problemOf(`Bearer ${none}.AA`)).toContain('RS256');
    const hmac = `${part({ alg: 'HS256', kid: 'g1' })}.${part(claimsOf())}`;
    const key = google.publicKey.export({ format: 'pem', type: 'spki' });
    const mac = createHmac('sha256', key).update(hmac).digest('base64url');
    expect(await problemOf(`Bearer ${hmac}.${mac}`)).toContain('RS256');
  });

  test('with a key that Google does not have is refused, and many of them fetch no more often', async () => {
    expect(await problemOf(tokenOf())).toBeUndefined();
    for (let count = 0; count < 50; count += 1) {
      expect(await problemOf(tokenOf(claimsOf(), { alg: 'RS256', kid: `made-up-${count}` }))).toContain('not one of');
    }
    expect(fetches).toBe(1);
  });
});

test('refuses a token that names no key, though one would fit, and one that asks for what we do not know', async () => {
  expect(await problemOf(tokenOf(claimsOf(), { alg: 'RS256' }))).toContain('not one of');
  const header = { alg: 'RS256', kid: 'g1', crit: ['exp'], exp: 1 };
  expect(await problemOf(tokenOf(claimsOf(), header))).toContain('not well-formed');
});

test.each([
  [undefined, 'no token'],
  ['', 'compact form'],
  ['Basic abc', 'compact form'],
  ['Bearer a.b', 'compact form'],
  ['Bearer !.!.!', 'compact form'],
  ['Bearer YWJj.YWJj.YWJj', 'no JSON objects'],
  [`Bearer ${part({ alg: 'RS256' })}.${part([1])}.AA`, 'no JSON objects'],
  [`Bearer ${'a'.repeat(10_000)}.b.c`, 'too long'],
])('refuses %j', async (authorization, problem) => {
  const answer = await problemOf(authorization);
  expect(answer).toContain(problem);
  expect(answer).not.toContain('YWJj');
});

test('finds a key that Google has added, a minute after the last look', async () => {
  expect(await problemOf(tokenOf())).toBeUndefined();
  const rotated = tokenOf(claimsOf(), { alg: 'RS256', kid: 'g2' });
  served = () => ({ body: keySet(['g1', stranger.publicKey], ['g2', google.publicKey]), maxAgeSeconds: 3_600 });
  expect(await problemOf(rotated)).toContain('not one of');
  clock.advance(60_000);
  expect(await problemOf(rotated)).toBeUndefined();
});

test('a key that Google has withdrawn is refused once its keeping time is over', async () => {
  expect(await problemOf(tokenOf())).toBeUndefined();
  served = () => ({ body: keySet(['g2', stranger.publicKey]), maxAgeSeconds: 3_600 });
  clock.advance(3_599_000);
  expect(await problemOf(tokenOf())).toBeUndefined();
  clock.advance(2_000);
  expect(await problemOf(tokenOf())).toContain('not one of');
});

test('rejects with Unavailable when the keys cannot be fetched, and tries again next time', async () => {
  served = () => {
    throw new Unavailable('push-auth', 'down');
  };
  await expect(authenticator.check(tokenOf())).rejects.toThrow(Unavailable);
  served = () => ({ body: 'not json', maxAgeSeconds: 60 });
  await expect(authenticator.check(tokenOf())).rejects.toThrow(Unavailable);
  served = () => ({ body: keySet(['g1', google.publicKey]), maxAgeSeconds: 60 });
  expect(await problemOf(tokenOf())).toBeUndefined();
});

test.each([
  ['two keys of one id', () => keySet(['g1', google.publicKey], ['g1', stranger.publicKey])],
  ['a key that is none', () => JSON.stringify({ keys: [{ kty: 'RSA', kid: 'g1', n: '', e: '' }] })],
  ['keys that are no objects', () => JSON.stringify({ keys: ['g1'] })],
])('rejects with Unavailable, without the token, when the set has %s', async (_, body) => {
  served = () => ({ body: body(), maxAgeSeconds: 60 });
  await expect(authenticator.check(tokenOf())).rejects.toThrow(Unavailable);
  await expect(authenticator.check(tokenOf())).rejects.not.toThrow(/eyJ/);
});

test('asks once for the keys when many tokens come at once', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => authenticator.check(tokenOf())));
  expect(answers).toEqual(answers.map(() => ({ kind: 'authentic' })));
  expect(fetches).toBe(1);
});

test('is off only where an emulator is named', async () => {
  const off = (pubsubEmulatorHost: string) =>
    createPushAuthenticator({ settings: { kind: 'off-for-emulator', pubsubEmulatorHost }, clock });
  expect(await off('127.0.0.1:8085').check(undefined)).toEqual({ kind: 'authentic' });
  expect(() => off('')).toThrow(RangeError);
  expect(() => createPushAuthenticator({ settings: { ...settings, audience: '' }, clock })).toThrow(RangeError);
});

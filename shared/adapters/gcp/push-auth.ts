import { type KeyObject, verify } from 'node:crypto';
import { isJsonObject, type JsonObject, parseJson } from '../../event/json.ts';
import type { Clock } from '../../ports/clock.ts';
import type { PushAuthentication, PushAuthenticator } from '../../ports/push-authenticator.ts';
import { createGoogleKeys, type FetchKeys } from './google-keys.ts';

type PushAuthSettings =
  | {
      readonly kind: 'oidc';
      /** The audience that the subscription asks tokens for: the bare URL of the function's service. */
      readonly audience: string;
      /** The service account that the subscription pushes as. */
      readonly serviceAccountEmail: string;
    }
  /** Google's emulator pushes without a token. Names the emulator, so that nobody turns this on in the cloud. */
  | { readonly kind: 'off-for-emulator'; readonly pubsubEmulatorHost: string };

export interface PushAuthOptions {
  readonly settings: PushAuthSettings;
  readonly clock: Clock;
  /** Default: Google's keys over HTTPS. */
  readonly fetchKeys?: FetchKeys;
}

interface Token {
  readonly header: JsonObject;
  readonly claims: JsonObject;
  readonly signed: Buffer;
  readonly signature: Buffer;
}

const issuers = new Set<unknown>(['https://accounts.google.com', 'accounts.google.com']);
/** Google's tokens have some 1,000 bytes. */
const maxTokenLength = 8_192;
/** What the clocks of Google and of this machine may differ by. */
const maxClockDifferenceSeconds = 60;

/**
 * Checks the OIDC token of a push request ("Authentication for push subscriptions", product documentation; RFC 7519 and
 * RFC 7515 with RS256 alone): signature by Google, issuer, audience, verified e-mail of the subscription's service
 * account, and the times. Throws a `RangeError` for settings that cannot be meant.
 */
export function createPushAuthenticator(options: PushAuthOptions): PushAuthenticator {
  const { settings, clock } = options;
  if (settings.kind === 'off-for-emulator') {
    if (settings.pubsubEmulatorHost === '') {
      throw new RangeError('pushes are taken without a token from an emulator only: name its host');
    }
    return { check: async () => ({ kind: 'authentic' }) };
  }
  if (settings.audience === '' || settings.serviceAccountEmail === '') {
    throw new RangeError('the audience and the service account of pushes must be set');
  }
  const keys = createGoogleKeys(options);

  return {
    async check(authorization) {
      const token = parseToken(authorization);
      if (typeof token === 'string') return refused(token);
      const key = await keys.find(String(token.header['kid'] ?? ''));
      if (key === undefined) return refused('the token is signed with a key that is not one of Google’s');
      if (!isSigned(token, key)) return refused('the signature of the token is wrong');
      const problem = problemOf(token.claims, settings, clock.nowMillis() / 1_000);
      return problem === undefined ? { kind: 'authentic' } : refused(problem);
    },
  };
}

function refused(problem: string): PushAuthentication {
  return { kind: 'refused', problem };
}

/** The parts of the token, or what is wrong with the header. */
function parseToken(authorization: string | undefined): Token | string {
  if (authorization === undefined) return 'there is no token';
  if (authorization.length > maxTokenLength) return 'the token is too long';
  const match = /^Bearer ([\w-]+)\.([\w-]+)\.([\w-]+)$/i.exec(authorization);
  if (match === null) return 'the header holds no token in the compact form';
  const [, header = '', claims = '', signature = ''] = match;
  const parsedHeader = parsePart(header);
  const parsedClaims = parsePart(claims);
  if (parsedHeader === undefined || parsedClaims === undefined) return 'the token holds no JSON objects';
  // The algorithm is never the token's choice: "none" and keyed hashes under the public key are known attacks.
  if (parsedHeader['alg'] !== 'RS256') return 'the token is not signed with RS256';
  return {
    header: parsedHeader,
    claims: parsedClaims,
    signed: Buffer.from(`${header}.${claims}`),
    signature: Buffer.from(signature, 'base64url'),
  };
}

function parsePart(part: string): JsonObject | undefined {
  const value = parseJson(Buffer.from(part, 'base64url').toString('utf8'));
  return isJsonObject(value) ? value : undefined;
}

function isSigned({ signed, signature }: Token, key: KeyObject): boolean {
  return verify('RSA-SHA256', signed, key, signature);
}

function problemOf(
  claims: JsonObject,
  settings: PushAuthSettings & { readonly kind: 'oidc' },
  nowSeconds: number,
): string | undefined {
  const { iss, aud, email, email_verified: verified, exp, iat } = claims;
  if (!issuers.has(iss)) return 'the token was not issued by Google';
  if (aud !== settings.audience) return 'the token is for another audience';
  if (email !== settings.serviceAccountEmail) return 'the token is of another account';
  if (verified !== true) return 'the e-mail address of the token is not verified';
  if (typeof exp !== 'number' || exp + maxClockDifferenceSeconds <= nowSeconds) return 'the token has expired';
  if (typeof iat !== 'number' || iat - maxClockDifferenceSeconds > nowSeconds) return 'the token is from the future';
  return undefined;
}

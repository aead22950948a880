import { createSecretKey } from 'node:crypto';
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, type KeyObject, SignJWT } from 'jose';
import type { JsonObject } from '../../shared/event/json.ts';

export const issuer = 'https://accounts.example.com';
export const audience = 'events';

/** The times of `orderEvent` and of the clocks of worlds. */
export const nowSeconds = Date.UTC(2026, 0, 1) / 1_000;

export interface SigningKey {
  readonly kid: string;
  readonly alg: string;
  readonly key: CryptoKey | KeyObject;
  /** As a realm declares it. */
  readonly jwk: JsonObject;
}

/** A key pair of an issuer. */
export async function signingKey(kid: string, alg: 'ES256' | 'EdDSA' | 'RS256' = 'ES256'): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const { ...jwk } = await exportJWK(publicKey);
  return {
    kid,
    alg,
    key: privateKey,
    jwk: { ...Object.fromEntries(Object.entries(jwk).map(([name, value]) => [name, String(value)])), kid, alg },
  };
}

/** The secret that memory ports hold under the name `shared`. */
export function sharedKey(kid: string): SigningKey {
  const jwk = { kty: 'oct', kid, alg: 'HS256', secret: 'shared' };
  return { kid, alg: 'HS256', key: createSecretKey(Buffer.alloc(32, 5)), jwk };
}

export interface TokenChanges {
  /** `undefined` takes a claim away. */
  readonly claims?: Readonly<Record<string, JWTPayload[string]>>;
  readonly header?: Readonly<Record<string, unknown>>;
}

/** A token for a customer, valid for an hour from now on, unless changed. */
export async function tokenOf(
  { kid, alg, key }: SigningKey,
  sub: string,
  { claims = {}, header = {} }: TokenChanges = {},
): Promise<string> {
  const said: JWTPayload = { iss: issuer, aud: audience, sub, iat: nowSeconds, exp: nowSeconds + 3_600, ...claims };
  return new SignJWT(said).setProtectedHeader({ kid, alg, ...header }).sign(key);
}

/** Declares `customer` verified with these keys. */
export function customerRealm(keys: readonly SigningKey[], more: JsonObject = {}): JsonObject {
  return { customer: { verified: { issuer, audience, keys: keys.map(({ jwk }) => jwk), ...more } } };
}

import type { KeyObject } from 'node:crypto';
import { type CryptoKey, compactVerify, errors, importJWK } from 'jose';
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../event/json.ts';
import type { TokenKey } from '../sdks/token-key.ts';
import type { VerifiedRealm, VerifiedRealms } from '../sdks/verified-realms.ts';
import type { RealmKeys } from './realm-keys.ts';
import type { RefusedToken, TokenProblem, VerifiedToken } from './token-proof.ts';

/** `sub` is compared with `subject`, which is no longer. */
const maxSubjectBytes = 256;

export interface TokenVerifierOptions {
  readonly keys: RealmKeys;
  /** Keys for HS256, by name. */
  readonly secrets: ReadonlyMap<string, KeyObject>;
  readonly maxTokenBytes: number;
}

/** Verifies a token as a token of one of these realms. */
export type VerifyToken = (token: string, realms: VerifiedRealms) => Promise<VerifiedToken | RefusedToken>;

/**
 * Makes a verifier of subject tokens: JWT (RFC 7519) in JWS's compact form, signed by a key of the realm whose issuer and
 * audience it names (RFC 8725 sections 3.1 and 3.8 to 3.10). Whether it is valid at some time is another question. Never
 * rejects: keys that cannot be had now are keys that are not known.
 */
export function makeTokenVerifier({ keys, secrets, maxTokenBytes }: TokenVerifierOptions): VerifyToken {
  const imported = new WeakMap<TokenKey, Promise<CryptoKey | Uint8Array>>();

  function keyMaterial(key: TokenKey): Promise<CryptoKey | Uint8Array> | KeyObject | undefined {
    if (key.algorithm === 'HS256') return secrets.get(key.secret);
    let material = imported.get(key);
    if (material === undefined) {
      material = importJWK(key.jwk, key.algorithm);
      imported.set(key, material);
    }
    return material;
  }

  return async (token, realms) => {
    const parsed = token.length <= maxTokenBytes ? parseToken(token) : undefined;
    if (parsed === undefined) return refused('token-malformed');
    const { header, claims } = parsed;
    const realm = realmOf(claims, realms);
    if (realm === undefined) return refused('token-issuer');
    const { kid, alg, crit } = header;
    const read = readClaims(claims);
    // There is no extension that a JWT would need (RFC 7515 section 4.1.11, RFC 7797 section 7).
    if (crit !== undefined || typeof kid !== 'string' || typeof alg !== 'string' || read === undefined)
      return refused('token-malformed');
    if (isRevoked(realm, kid, claims['jti'])) return refused('token-revoked');
    const key = realm.keys.get(kid) ?? (await keys.find(realm, kid));
    if (key === undefined) return refused('token-key');
    if (key.algorithm !== alg) return refused('token-algorithm');
    try {
      const material = await keyMaterial(key);
      if (material === undefined) return refused('token-key');
      await compactVerify(token, material, { algorithms: [key.algorithm] });
    } catch (error) {
      return refused(error instanceof errors.JWSSignatureVerificationFailed ? 'token-signature' : 'token-malformed');
    }
    return { kind: 'verified', realm: realm.name, ...read };
  };
}

function refused(problem: TokenProblem): RefusedToken {
  return { kind: 'refused', problem };
}

/** Header and claims, which nobody has vouched for yet. */
function parseToken(token: string): { readonly header: JsonObject; readonly claims: JsonObject } | undefined {
  const [, header, claims] = /^([\w-]+)\.([\w-]+)\.[\w-]*$/.exec(token) ?? [];
  const parsed = [header, claims].map((part) => parseJson(Buffer.from(part ?? '', 'base64url').toString('utf8')));
  const [first, second] = parsed;
  return isJsonObject(first) && isJsonObject(second) ? { header: first, claims: second } : undefined;
}

function realmOf({ iss, aud }: JsonObject, realms: VerifiedRealms): VerifiedRealm | undefined {
  for (const realm of realms.values()) {
    if (realm.issuer === '' || realm.issuer !== iss || realm.audience === '') continue;
    if (aud === realm.audience || (Array.isArray(aud) && aud.includes(realm.audience))) return realm;
  }
  return undefined;
}

function isRevoked({ revokedKeys, revokedTokens }: VerifiedRealm, kid: string, jti: JsonValue | undefined): boolean {
  return revokedKeys.has(kid) || (typeof jti === 'string' && revokedTokens.has(jti));
}

function readClaims({
  sub,
  exp,
  nbf,
  iat,
}: JsonObject): Pick<VerifiedToken, 'subject' | 'fromMillis' | 'untilMillis'> | undefined {
  if (typeof sub !== 'string' || sub === '' || Buffer.byteLength(sub) > maxSubjectBytes) return undefined;
  if (typeof exp !== 'number' || !isTimeOrAbsent(nbf) || !isTimeOrAbsent(iat)) return undefined;
  const from = nbf ?? iat;
  return {
    subject: sub,
    fromMillis: from === undefined ? Number.NEGATIVE_INFINITY : from * 1_000,
    untilMillis: exp * 1_000,
  };
}

function isTimeOrAbsent(value: JsonValue | undefined): value is number | undefined {
  return value === undefined || typeof value === 'number';
}

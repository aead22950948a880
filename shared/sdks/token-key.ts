import { isJsonObject, type JsonObject, type JsonValue } from '../event/json.ts';

/** How subject tokens may be signed (RFC 7518 section 3.1, RFC 8037 section 3.1). A key has one, which no token chooses. */
type TokenAlgorithm = 'ES256' | 'EdDSA' | 'HS256';

/** A key that subject tokens are verified with. */
export type TokenKey =
  | {
      readonly kid: string;
      readonly algorithm: Exclude<TokenAlgorithm, 'HS256'>;
      /** The public key alone (RFC 7517, RFC 7518 section 6.2.1, RFC 8037 section 2). */
      readonly jwk: JsonObject;
    }
  /** Shared with the issuer: the name under which Secret Manager's secret holds it. */
  | { readonly kid: string; readonly algorithm: 'HS256'; readonly secret: string };

const maxKidLength = 256;
/** Coordinates of P-256 and Ed25519: 32 bytes in base64url. */
const coordinate = /^[A-Za-z0-9_-]{43}$/;
const secretName = /^[a-z0-9][a-z0-9-]{0,62}$/;
/** What only who signs may have. */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/**
 * Reads a key of a list of ours or of an issuer's set; a string says what is wrong with it. An EC key on P-256 is for ES256
 * and one on Ed25519 for EdDSA, whether it says so or not; HS256 names its secret, which no document may hold.
 */
export function readTokenKey(value: JsonValue): TokenKey | string {
  if (!isJsonObject(value)) return 'a key is a JSON object (JWK, RFC 7517)';
  const { kid, kty, crv, alg, use, x, y, secret } = value;
  if (privateMembers.some((member) => value[member] !== undefined))
    return 'holds private key material, which belongs to the issuer alone: replace this key, and put the public part here';
  if (typeof kid !== 'string' || kid === '' || kid.length > maxKidLength)
    return 'needs a "kid", by which tokens name it';
  if (use !== undefined && use !== 'sig') return 'is not for signatures ("use")';
  if (kty === 'EC' && crv === 'P-256' && (alg === undefined || alg === 'ES256')) {
    if (!isCoordinate(x) || !isCoordinate(y)) return 'needs "x" and "y" in base64url';
    return { kid, algorithm: 'ES256', jwk: { kty, crv, x, y } };
  }
  if (kty === 'OKP' && crv === 'Ed25519' && (alg === undefined || alg === 'EdDSA')) {
    return isCoordinate(x) ? { kid, algorithm: 'EdDSA', jwk: { kty, crv, x } } : 'needs "x" in base64url';
  }
  if (kty === 'oct' && alg === 'HS256') {
    if (typeof secret === 'string' && secretName.test(secret)) return { kid, algorithm: 'HS256', secret };
    return 'needs "secret": the name of the key in the secret edi-subject-token-secrets';
  }
  return 'must be an EC key on P-256 (ES256), an OKP key on Ed25519 (EdDSA), or "kty": "oct" with "alg": "HS256" and "secret"';
}

function isCoordinate(value: JsonValue | undefined): value is string {
  return typeof value === 'string' && coordinate.test(value);
}

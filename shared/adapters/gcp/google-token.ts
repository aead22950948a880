import {
  base64url,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWTClaimVerificationOptions,
  type JWTPayload,
  jwtVerify,
  UnsecuredJWT,
} from 'jose';
import type { Clock } from '../../ports/clock.ts';
import { createGoogleKeys, type FetchKeys } from './google-keys.ts';
import { toUnavailable } from './unavailable.ts';

export interface TokenVerifierOptions {
  readonly settings: { readonly audience: string; readonly serviceAccountEmail: string };
  readonly clock: Clock;
  readonly fetchKeys?: FetchKeys;
}

/** Each tells what is wrong with a token, without anything that is in it; undefined when nothing is. */
export interface TokenVerifier {
  /** Everything, by Google's keys. Rejects with `Unavailable` when it cannot. */
  verify(token: string): Promise<string | undefined>;
  /** Everything but the signature, for a token whose signature somebody before us has verified. */
  judgeClaims(token: string): string | undefined;
}

/** The algorithm is never the token's choice: "none" and keyed hashes under the public key are known attacks. */
const algorithm = 'RS256';

const issuers = ['https://accounts.google.com', 'accounts.google.com'];
/** What the clocks of Google and of this machine may differ by. */
const maxClockDifferenceSeconds = 60;
/** Google's tokens expire an hour after their issue. A bound makes jose ask for a time of issue that is not to come. */
const maxTokenAgeSeconds = 86_400;

/** Verifies Google's ID tokens. */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const { settings, clock } = options;
  const keys = createGoogleKeys(options);
  const expected = (): JWTClaimVerificationOptions => ({
    issuer: issuers,
    audience: settings.audience,
    requiredClaims: ['exp'],
    maxTokenAge: maxTokenAgeSeconds,
    clockTolerance: maxClockDifferenceSeconds,
    currentDate: new Date(clock.nowMillis()),
  });

  return {
    async verify(token) {
      try {
        // Before any key is looked for: what holds no claims costs no request.
        decodeJwt(token);
        const { payload } = await jwtVerify(
          token,
          async (header) => {
            const key = await keys.find(header);
            if (key === undefined) throw new errors.JWKSNoMatchingKey();
            return key;
          },
          { ...expected(), algorithms: [algorithm] },
        );
        return problemOfClaims(payload, settings);
      } catch (error) {
        if (error instanceof errors.JOSEError) return describeProblem(error);
        // What is left is the keys: their server did not answer, or with one that cannot be used.
        throw toUnavailable('push-auth', 'the check of a token', error);
      }
    },

    judgeClaims(token) {
      try {
        const { alg, kid, crit } = decodeProtectedHeader(token);
        if (alg !== algorithm) return describeProblem(new errors.JOSEAlgNotAllowed());
        if (typeof kid !== 'string') return describeProblem(new errors.JWKSNoMatchingKey());
        if (crit !== undefined) return describeProblem(new errors.JOSENotSupported());
        // As a token that says of itself that it has no signature, so that jose judges the claims as it does above.
        const unsigned = `${base64url.encode('{"alg":"none"}')}.${token.split('.')[1]}.`;
        return problemOfClaims(UnsecuredJWT.decode(unsigned, expected()).payload, settings);
      } catch (error) {
        // jose throws a TypeError for a header that is no object.
        return describeProblem(error instanceof errors.JOSEError ? error : new errors.JWTInvalid());
      }
    },
  };
}

/** What jose does not ask for. */
function problemOfClaims(claims: JWTPayload, settings: TokenVerifierOptions['settings']): string | undefined {
  // jose takes a list that holds the audience, too: such a token serves others beside us.
  if (claims.aud !== settings.audience) return 'the token is for another audience';
  if (claims['email'] !== settings.serviceAccountEmail) return 'the token is of another account';
  if (claims['email_verified'] !== true) return 'the e-mail address of the token is not verified';
  return undefined;
}

/** In our words: errors of jose carry the claims. */
function describeProblem(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'the token has expired';
  if (error instanceof errors.JWTClaimValidationFailed) return describeClaim(error.claim);
  if (error instanceof errors.JWTInvalid) return 'the token holds no JSON objects';
  if (error instanceof errors.JOSEAlgNotAllowed) return 'the token is not signed with RS256';
  if (error instanceof errors.JWKSNoMatchingKey) return 'the token is signed with a key that is not one of Google’s';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'the signature of the token is wrong';
  return 'the token is not well-formed, or not signed with RS256';
}

function describeClaim(claim: string): string {
  if (claim === 'iss') return 'the token was not issued by Google';
  if (claim === 'aud') return 'the token is for another audience';
  if (claim === 'exp') return 'the token has expired';
  return 'the token is from the future';
}

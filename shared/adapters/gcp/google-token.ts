import { decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose';
import type { Clock } from '../../ports/clock.ts';
import { createGoogleKeys, type FetchKeys } from './google-keys.ts';
import { toUnavailable } from './unavailable.ts';

export interface TokenVerifierOptions {
  readonly settings: { readonly audience: string; readonly serviceAccountEmail: string };
  readonly clock: Clock;
  readonly fetchKeys?: FetchKeys;
}

/** Tells what is wrong with a token, without anything that is in it; undefined when nothing is. */
export type VerifyToken = (token: string) => Promise<string | undefined>;

const issuers = ['https://accounts.google.com', 'accounts.google.com'];
/** What the clocks of Google and of this machine may differ by. */
const maxClockDifferenceSeconds = 60;
/** Google's tokens expire an hour after their issue. A bound makes jose ask for a time of issue that is not to come. */
const maxTokenAgeSeconds = 86_400;

/** Verifies Google's ID tokens by its keys. The function that it returns rejects with `Unavailable` when it cannot. */
export function createTokenVerifier(options: TokenVerifierOptions): VerifyToken {
  const { settings, clock } = options;
  const keys = createGoogleKeys(options);

  return async (token) => {
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
        {
          // The algorithm is never the token's choice: "none" and keyed hashes under the public key are known attacks.
          algorithms: ['RS256'],
          issuer: issuers,
          audience: settings.audience,
          requiredClaims: ['exp'],
          maxTokenAge: maxTokenAgeSeconds,
          clockTolerance: maxClockDifferenceSeconds,
          currentDate: new Date(clock.nowMillis()),
        },
      );
      return problemOfClaims(payload, settings);
    } catch (error) {
      if (error instanceof errors.JOSEError) return describeProblem(error);
      // What is left is the keys: their server did not answer, or with one that cannot be used.
      throw toUnavailable('push-auth', 'the check of a token', error);
    }
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

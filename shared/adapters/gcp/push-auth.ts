import type { Clock } from '../../ports/clock.ts';
import type { PushAuthentication, PushAuthenticator } from '../../ports/push-authenticator.ts';
import type { FetchKeys } from './google-keys.ts';
import type { TokenVerifier } from './google-token.ts';

type PushAuthSettings =
  | {
      readonly kind: 'oidc';
      /** The audience that the subscription asks tokens for: the bare URL of the function's service. */
      readonly audience: string;
      /** The service account that the subscription pushes as. */
      readonly serviceAccountEmail: string;
      /** Nothing reaches the function but through Cloud Run's IAM check, which may take the signature out of a token. */
      readonly behindCloudRun: boolean;
    }
  /** Google's emulator pushes without a token. Names the emulator, so that nobody turns this on in the cloud. */
  | { readonly kind: 'off-for-emulator'; readonly pubsubEmulatorHost: string };

export interface PushAuthOptions {
  readonly settings: PushAuthSettings;
  readonly clock: Clock;
  /** Default: Google's keys over HTTPS. */
  readonly fetchKeys?: FetchKeys;
}

/** Google's tokens have some 1,000 bytes. */
const maxTokenLength = 8_192;
/** What Cloud Run puts in the place of a signature that it has verified ("Signature removed", Troubleshoot Cloud Run). */
const removedSignature = 'SIGNATURE_REMOVED_BY_GOOGLE';

/**
 * Checks the OIDC token of a push request ("Authentication for push subscriptions", product documentation; RFC 7519 and
 * RFC 7515 with RS256 alone): signature by Google, issuer, audience, verified e-mail of the subscription's service
 * account, and the times. A token whose signature Cloud Run has removed is judged by everything else, behind Cloud Run
 * alone: its IAM check has verified the signature, and lets in nobody but the subscription's account. Throws a
 * `RangeError` for settings that cannot be meant.
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
  // With the first token: a start does not wait for the library that verifies tokens.
  let loading: Promise<TokenVerifier> | undefined;
  const loadVerifier = async () => {
    const { createTokenVerifier } = await import('./google-token.ts');
    return createTokenVerifier({ ...options, settings, clock });
  };

  return {
    async check(authorization, serverlessAuthorization) {
      const found = findToken(authorization);
      if ('problem' in found) return refused(found.problem);
      loading ??= loadVerifier();
      const { verify, judgeClaims } = await loading;
      if (!settings.behindCloudRun || !found.token.endsWith(`.${removedSignature}`)) {
        const problem = await verify(found.token);
        return problem === undefined ? { kind: 'authentic' } : refused(problem);
      }
      // With that header, it and not `Authorization` is what IAM has checked ("Authenticating service-to-service").
      if (serverlessAuthorization !== undefined && serverlessAuthorization !== authorization) {
        return refused('the signature is removed, and Cloud Run has checked another token');
      }
      const problem = judgeClaims(found.token);
      return problem === undefined ? { kind: 'authentic', signature: 'removed' } : refused(problem);
    },
  };
}

function refused(problem: string): PushAuthentication {
  return { kind: 'refused', problem };
}

/** The token of the header (RFC 6750 section 2.1), in the compact form of RFC 7515. */
function findToken(authorization: string | undefined): { token: string } | { problem: string } {
  if (authorization === undefined) return { problem: 'there is no token' };
  if (authorization.length > maxTokenLength) return { problem: 'the token is too long' };
  const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization)?.[1];
  return token === undefined ? { problem: 'the header holds no token in the compact form' } : { token };
}

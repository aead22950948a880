import { timingSafeEqual } from 'node:crypto';
import type { PushAuthenticator } from '../../ports/push-authenticator.ts';
import type { Random } from '../../ports/random.ts';

/** What pushes inside one process show, so that no web page and no other program can push to its stages. */
export interface PushToken {
  /** The `Authorization` header of a push. Known to this process alone, and another one with each start. */
  readonly authorization: string;
  readonly authenticator: PushAuthenticator;
}

const tokenBytes = 32;

export function makePushToken(random: Random): PushToken {
  const authorization = `Bearer ${Buffer.from(random.bytes(tokenBytes)).toString('base64url')}`;
  const expected = Buffer.from(authorization);
  return {
    authorization,
    authenticator: {
      async check(given) {
        const shown = Buffer.from(given ?? '');
        if (shown.length === expected.length && timingSafeEqual(shown, expected)) return { kind: 'authentic' };
        return { kind: 'refused', problem: 'not the token of this process' };
      },
    },
  };
}

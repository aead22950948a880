/** Why a subject token proves nothing: the keyword of an error in the receiver API. */
export const tokenProblems = {
  'token-missing': 'the request has no x-edi-subject-token',
  'token-malformed': 'it is no JWT in the compact form, is too long, or lacks iss, aud, sub, exp, kid or alg',
  'token-issuer': 'no verified realm has its issuer and audience',
  'token-realm': 'it is a token of another realm',
  'token-algorithm': 'its alg is not the one of its key; none and keys in the header are never taken',
  'token-key': 'no key of the realm has its kid',
  'token-signature': 'its signature is wrong',
  'token-revoked': 'its key or the token itself was revoked',
  'token-early': 'it was not valid yet, neither at receipt nor at the time of the event',
  'token-expired': 'it had expired, both at receipt and at the time of the event',
  'token-too-old': 'the event came later than one look-back after it had expired',
} as const;
export type TokenProblem = keyof typeof tokenProblems;

/** What a token with a good signature says. */
export interface VerifiedToken {
  readonly kind: 'verified';
  readonly realm: string;
  readonly subject: string;
  /** `nbf`, else `iat`; from always where there is neither. */
  readonly fromMillis: number;
  /** `exp`. */
  readonly untilMillis: number;
}

export interface RefusedToken {
  readonly kind: 'refused';
  readonly problem: TokenProblem;
}

export interface ProofSettings {
  /** What the clocks of issuer, client and server may differ by. */
  readonly maxTokenClockDifferenceSeconds: number;
  readonly lookBackDays: number;
}

interface EventTimes {
  readonly receivedAtMillis: number;
  /** The event's own time, corrected where that can be; undefined where it has none. */
  readonly eventMillis: number | undefined;
}

/**
 * Why a token does not count for an event; undefined where it does. It counts if it was valid when the event was received
 * or when it happened, so that events which were kept offline need no new one, and if the event came within one look-back
 * of its expiry, so that an old token ends, whatever time an event claims.
 */
export function proofProblem(
  { fromMillis, untilMillis }: VerifiedToken,
  { receivedAtMillis, eventMillis }: EventTimes,
  { maxTokenClockDifferenceSeconds, lookBackDays }: ProofSettings,
): TokenProblem | undefined {
  const slackMillis = maxTokenClockDifferenceSeconds * 1_000;
  if (receivedAtMillis > untilMillis + lookBackDays * 86_400_000) return 'token-too-old';
  const isValidAt = (millis: number) => millis >= fromMillis - slackMillis && millis < untilMillis + slackMillis;
  if (isValidAt(receivedAtMillis) || (eventMillis !== undefined && isValidAt(eventMillis))) return undefined;
  return receivedAtMillis < fromMillis ? 'token-early' : 'token-expired';
}

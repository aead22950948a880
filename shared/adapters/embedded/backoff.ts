import type { Random } from '../../ports/random.ts';

/** Up to this share of a backoff is taken off at random, so that what failed together is not delivered again together. */
const jitterShare = 0.1;

/**
 * Wait after a failed delivery: the minimum after the first, doubled with each further one, up to the maximum; less a
 * little at random (never below the minimum) where a source of randomness is given.
 */
export function backoffMillis(
  bounds: { readonly minBackoffSeconds: number; readonly maxBackoffSeconds: number },
  failedAttempts: number,
  random?: Random,
): number {
  const { minBackoffSeconds, maxBackoffSeconds } = bounds;
  const seconds = Math.min(maxBackoffSeconds, minBackoffSeconds * 2 ** (failedAttempts - 1));
  const share = random === undefined ? 0 : ((random.bytes(1)[0] ?? 0) / 255) * jitterShare;
  return Math.round(Math.max(minBackoffSeconds, seconds * (1 - share)) * 1_000);
}

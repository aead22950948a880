import { randomBytes } from 'node:crypto';
import type { Random } from '../ports/random.ts';

/** The operating system's cryptographically secure randomness. */
export const systemRandom: Random = {
  bytes: (lengthBytes) => randomBytes(lengthBytes),
};

import type { VerifyToken } from '../../shared/subject-tokens/verify-token.ts';

/** Of an ingest to which nobody sends a subject token. */
export const noTokens: VerifyToken = async () => ({ kind: 'refused', problem: 'token-malformed' });

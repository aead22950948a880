/** Begins the bytes of an index. */
export const indexVersion = 3;
/** What the version before wrote is read: messages live for weeks, and a rollout is not everywhere at once. */
export const versionBefore = 2;

/** What version 3 has in a shorter form. */
export const idsAreUuids = 1;
export const timesAreMillis = 2;

/** What a segment has beside length and receipt. */
export const hasSentAt = 1;
export const hasProof = 2;

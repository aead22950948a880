/** Begins the bytes of an index. */
export const indexVersion = 4;
/** What versions before wrote is read: messages live for weeks, and a rollout is not everywhere at once. */
export const versionWithTypes = 3;
export const versionWithoutForms = 2;

/** What has a shorter form since version 3. */
export const idsAreUuids = 1;
export const timesAreMillis = 2;

/** What a segment has beside length and receipt. */
export const hasSentAt = 1;
export const hasProof = 2;

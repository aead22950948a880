/**
 * What pseudonymize and erase-subject have to agree about: how long an instance uses an unwrapped key without asking
 * again. Both have it as the setting `keyCacheSeconds`.
 */
export const keyCacheSeconds = 300;

/**
 * What pseudonymize and erase-subject have to agree about: how long an instance uses an unwrapped key without asking
 * again. Both have it as the setting `keyCacheSeconds`.
 */
export const keyCacheSeconds = 300;

/**
 * Days after which nothing that was stored when a person was erased can be read: what erase-subject promises, and what the
 * infrastructure holds every storage to.
 */
export const erasureBoundDays = 30;

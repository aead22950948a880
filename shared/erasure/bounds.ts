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

/**
 * Days that BigQuery's history of jobs keeps the text of a query ("View job details": six months), in which the encrypted key
 * stands of whom a query of break-glass re-identified. With the master key it opens what a copy holds, after an erasure, too.
 */
export const jobHistoryDays = 184;

/**
 * Days that the erasures' tables remember whom an erasure named, and what stood for them: past the last sweep, which is a day
 * after the bound at the latest. What sweeps holds this to the lines of rows, too.
 */
export const rememberedDays = erasureBoundDays + 2;

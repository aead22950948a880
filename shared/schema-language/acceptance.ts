import { compareSchemas } from './compat/compare.ts';
import type { CompareAcceptance } from './revision-change.ts';

/**
 * Whether a revision accepts every event that the active one accepts. Formats are rules and
 * integers within 2^53, since ingest checks both. The one place where the procedure that `checkRevision` uses is chosen.
 */
export const compareAcceptance: CompareAcceptance = (active, next) =>
  compareSchemas(active, next, { formats: 'assertion', integers: 'safe' });

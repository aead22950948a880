import type { JsonObject } from '../event/json.ts';
import { compareSchemas } from './compat/compare.ts';

/** One difference between two schemas, as the compatibility procedure reports it. */
interface AcceptanceChange {
  readonly pointer: string;
  readonly rule: string;
  readonly breaking: boolean;
  readonly message: string;
}

/** Says whether `next` accepts everything that `active` accepts, and every change that it does not. */
export type CompareAcceptance = (
  active: JsonObject,
  next: JsonObject,
) => { readonly compatible: boolean; readonly changes: readonly AcceptanceChange[] };

/**
 * Whether a revision accepts every event that the active one accepts. Formats are rules and
 * integers within 2^53, since ingest checks both. The one place where the procedure that `checkRevision` uses is chosen.
 */
export const compareAcceptance: CompareAcceptance = (active, next) =>
  compareSchemas(active, next, { formats: 'assertion', integers: 'safe' });

import { isJsonObject, type JsonObject, type JsonValue } from '../event/json.ts';
import { compileValidator } from '../event-types/validator.ts';
import { type Comparison, compareSchemas } from './compat/compare.ts';

/** Says whether `next` accepts everything that `active` accepts, and every change that it does not. */
export type CompareAcceptance = (active: JsonObject, next: JsonObject) => Omit<Comparison, 'undecided'>;

/**
 * Whether a revision accepts every event that the active one accepts. Formats are rules and
 * integers within 2^53, since ingest checks both. The one place where the procedure that `checkRevision` uses is chosen.
 */
export const compareAcceptance: CompareAcceptance = (active, next) => {
  const { witness, ...comparison } = compareSchemas(active, next, {
    formats: 'assertion',
    integers: 'safe',
    witness: true,
  });
  return witness !== undefined && isRefused(witness, active, next) ? { ...comparison, witness } : comparison;
};

/** Asks the validators that ingest asks. */
function isRefused(witness: JsonValue, active: JsonObject, next: JsonObject): boolean {
  if (!isJsonObject(witness)) return false;
  try {
    return compileValidator(active)(witness) === undefined && compileValidator(next)(witness) !== undefined;
  } catch {
    return false;
  }
}

import { isJsonObject, type JsonObject } from '../../shared/event/json.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import { CliError } from './cli-error.ts';
import type { CommandIo } from './command-io.ts';
import { askFunction, Broken, type FunctionTarget, otherVersionOf, Refused } from './function-target.ts';
import { sleep } from './sleep.ts';

/** Who asks for pseudonyms of people before they are erased. */
export interface PseudonymAsking {
  /** The function export-subject. */
  readonly target: FunctionTarget;
  /** Id of the erasure, for the ledger. */
  readonly erasure: string;
  /** Rows are to be unlinked or deleted: then nobody may be missing. */
  readonly areNeeded: boolean;
  readonly io: CommandIo;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const maxAttempts = 3;
const retryMillis = 2_000;
const goOnWithout =
  '--no-pseudonyms erases without: then consumers are not told whose copies to delete, and nobody can find the rows later';

/** What stands for these people in tables and streams; undefined when it was interrupted. Rejects with `CliError`. */
export async function pseudonymsOf(
  subjects: JsonObject[],
  { target, erasure, areNeeded, io, clock, signal }: PseudonymAsking,
): Promise<string[] | undefined> {
  const answer = await ask(target, { subjects, erasure }, { clock, signal });
  if (answer === undefined) return undefined;
  const { pseudonyms, keys } = answer;
  if (!Array.isArray(pseudonyms) || !isJsonObject(keys)) throw otherVersionOf(target);
  const unreadable = Number(keys['unreadable'] ?? 0);
  if (unreadable > 0) {
    const told = `the keys of ${unreadable} of them do not open, so nobody can find their rows`;
    if (areNeeded) throw new CliError(`${told}: erase them apart, with --no-pseudonyms`);
    await io.err.write(`edi: ${told}\n`);
  }
  return pseudonyms.map((one) => String(isJsonObject(one) ? one['pseudonym'] : ''));
}

async function ask(
  target: FunctionTarget,
  body: JsonObject,
  { clock, signal }: Pick<PseudonymAsking, 'clock' | 'signal'>,
): Promise<JsonObject | undefined> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await askFunction(target, { path: '/v1/pseudonyms', body, signal });
    } catch (error) {
      if (signal.aborted) return undefined;
      if (error instanceof Refused) throw new CliError(`${error.message}; it is asked for pseudonyms. ${goOnWithout}`);
      if (!(error instanceof Broken)) throw error;
    }
    if (attempt === maxAttempts) {
      throw new CliError(
        `${target.name} does not tell pseudonyms (export-subject), and nobody more is erased: try again. ${goOnWithout}`,
      );
    }
    await sleep(clock, retryMillis, signal);
  }
}

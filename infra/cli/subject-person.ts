import type { Command } from 'commander';
import { readSubject } from '../../shared/erasure/read-subject.ts';
import type { JsonObject } from '../../shared/event/json.ts';
import { CliError } from './cli-error.ts';
import { askFunction, Broken, type FunctionTarget, otherVersionOf } from './function-target.ts';

export interface PersonNames {
  readonly realm?: string;
  readonly subject?: string;
  readonly source?: string;
}

export interface PersonFlags extends PersonNames {
  readonly reason: string;
}

/** `--realm` and `--subject`, or `--source`. */
export function addPersonNames(command: Command): Command {
  return command
    .option('--realm <realm>', 'whose numbering --subject is')
    .option('--subject <subject>', 'the person')
    .option('--source <source>', 'an installation');
}

/** The same, and why, for the ledger. */
export function addPersonOptions(command: Command): Command {
  return addPersonNames(command).requiredOption(
    '--reason <text>',
    'why, for the ledger of decryptions: a ticket, not a name',
  );
}

/** Whom the flags name, as functions are told. Throws `CliError` where they name nobody, or two. */
export function nameOf({ realm, subject, source }: PersonNames): JsonObject {
  const person = {
    ...(realm === undefined ? {} : { realm }),
    ...(subject === undefined ? {} : { subject }),
    ...(source === undefined ? {} : { source }),
  };
  const read = readSubject(person);
  if (typeof read === 'string') throw new CliError(`say whom, with --realm and --subject or with --source: it ${read}`);
  return person;
}

/** What a function is asked with. Throws as `nameOf` does. */
export function personBody({ reason, ...names }: PersonFlags): JsonObject {
  return { ...nameOf(names), reason };
}

/** What columns hold of a person's own id, and what every value of theirs begins with. */
interface PersonPseudonym {
  readonly generation: number;
  readonly pseudonym: string;
  readonly beginning: string;
}

export interface PersonPseudonyms {
  /** `readable`, `none` or `unreadable`. */
  readonly key: string;
  /** One, or none. */
  readonly pseudonyms: readonly PersonPseudonym[];
}

/**
 * Asks export-subject for a person's pseudonyms, which goes into the ledger; `body` as `personBody` makes it. Rejects with
 * `CliError`.
 */
export async function askPseudonyms(target: FunctionTarget, body: JsonObject): Promise<PersonPseudonyms> {
  const answer = await askFunction(target, { path: '/v1/pseudonyms', body }).catch((error: unknown) => {
    throw error instanceof Broken ? new CliError(`${target.name} does not answer: try again`) : error;
  });
  const { key, pseudonyms } = answer;
  if (typeof key !== 'string' || !Array.isArray(pseudonyms)) throw otherVersionOf(target);
  return {
    key,
    pseudonyms: pseudonyms.map((one) => {
      const { generation, pseudonym, beginning } =
        typeof one === 'object' && one !== null && !Array.isArray(one) ? one : {};
      return { generation: Number(generation), pseudonym: String(pseudonym), beginning: String(beginning) };
    }),
  };
}

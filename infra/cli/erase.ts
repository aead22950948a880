import { type Command, InvalidArgumentError, Option } from 'commander';
import { systemClock } from '../../shared/adapters/system-clock.ts';
import { systemRandom } from '../../shared/adapters/system-random.ts';
import { readSubject } from '../../shared/erasure/read-subject.ts';
import { isJsonObject, type JsonObject } from '../../shared/event/json.ts';
import { newUuidV7 } from '../../shared/event/uuid.ts';
import type { DataSubject } from '../../shared/event-types/project.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { RowsErasure } from '../../shared/ports/erasures.ts';
import { CliError } from './cli-error.ts';
import { type CommandIo, interruptedExitCode } from './command-io.ts';
import { makeProgressBar } from './demo/progress-bar.ts';
import { acknowledgeErasure } from './erase-acknowledge.ts';
import { partsOf, readEraseList } from './erase-list.ts';
import { pseudonymsOf } from './erase-pseudonyms.ts';
import {
  addFunctionTargetOptions,
  askFunction,
  askOnce,
  Broken,
  type FunctionTarget,
  type FunctionTargetFlags,
  type OpenFunctionTarget,
  openFunctionTarget,
  otherVersionOf,
  Refused,
} from './function-target.ts';
import { jsonText, tableText } from './output-text.ts';
import { sleep } from './sleep.ts';

interface EraseFlags extends FunctionTargetFlags {
  readonly realm?: string;
  readonly subject?: string;
  readonly source?: string;
  readonly file?: string;
  readonly resume?: string;
  readonly keepSources: boolean;
  readonly unlink: boolean;
  readonly rows: boolean;
  readonly pseudonyms: boolean;
  readonly status?: string;
  readonly acknowledge?: string;
  readonly consumer?: string;
  readonly json: boolean;
}

const help = `
The key of each person is destroyed at once, and with it whatever of theirs is stored becomes unreadable; it cannot be
undone. --status says what still waits. All rows of a person go on to carry one and the same pseudonym, unless --unlink takes
it out of them or --rows deletes them: that begins with the cutoff, and nobody can ask for it later. A list is a file of JSON lines, {"realm": "customer", "subject": "42"} or
{"source": "app-7"}; a name on the command line stays in the history of the shell, one in a file does not.
`;

const erasures = '/v1/erasures';

interface EraseCommandOptions {
  readonly exit: (code: number) => void;
  /** Tests have targets and a clock of their own. */
  readonly open?: OpenFunctionTarget;
  readonly openPseudonyms?: OpenFunctionTarget;
  readonly clock?: Clock;
}

/** Adds `edi erase`. */
export function addEraseCommand(program: Command, io: CommandIo, options: EraseCommandOptions): void {
  const { exit, open = openFunctionTarget('erase-subject'), clock = systemClock } = options;
  const { openPseudonyms = openFunctionTarget('export-subject') } = options;
  addFunctionTargetOptions(program.command('erase'))
    .description("destroy people's keys, so that what is stored of them can no longer be read")
    .option('--realm <realm>', 'whose numbering --subject is')
    .option('--subject <subject>', 'the person')
    .option('--source <source>', 'an installation')
    .option('--file <path>', 'everybody in this file of JSON lines')
    .option('--keep-sources', 'leave the installations of the people, whose rows go on to link', false)
    .option('--unlink', 'take out of the rows of the people what says that they are of one person', false)
    .option('--rows', 'delete the rows of the people', false)
    .option('--no-pseudonyms', 'do not ask export-subject what stands for them, though nobody can tell later')
    .addOption(new Option('--resume <id>', 'go on with the erasure of --file that was interrupted').argParser(readId))
    .addOption(new Option('--status <id>', 'how far an erasure is').argParser(readId))
    .addOption(new Option('--acknowledge <id>', 'say for --consumer that its copies are gone').argParser(readId))
    .option('--consumer <name>', 'who copied streams')
    .option('--json', 'print JSON', false)
    .addHelpText('after', help)
    .action(async (flags: EraseFlags, command: Command) => {
      const problem = usageProblem(flags);
      if (problem !== undefined) command.error(`error: ${problem}`);
      const asks = flags.status ?? flags.acknowledge;
      const named = asks === undefined ? namedBy(flags) : [];
      const { file, keepSources } = flags;
      const rows: RowsErasure | undefined = flags.unlink ? 'unlink' : flags.rows ? 'rows' : undefined;
      const pseudonyms = asks === undefined && flags.pseudonyms ? await openPseudonyms(flags) : undefined;
      const erasing = { target: await open(flags), io, clock, file, keepSources, rows, pseudonyms };
      const receipt =
        asks === undefined
          ? await erase(named, flags.resume, erasing)
          : flags.acknowledge === undefined
            ? await askOnce(erasing.target, `${erasures}/${asks}`)
            : await acknowledgeErasure(erasing.target, asks, flags.consumer ?? '');
      if (receipt === undefined) return exit(interruptedExitCode);
      await io.out.write(flags.json ? jsonText(receipt) : receiptText(receipt, erasing.target));
    });
}

function usageProblem(flags: EraseFlags): string | undefined {
  const { realm, subject, source, file, resume, status, acknowledge, consumer } = flags;
  const ways = [subject ?? realm, source, file, status, acknowledge].filter((way) => way !== undefined).length;
  if (ways !== 1) return 'say whom: --realm and --subject, --source, or --file; or ask with --status';
  if ((acknowledge === undefined) !== (consumer === undefined)) return '--acknowledge and --consumer go together';
  if ((realm === undefined) !== (subject === undefined)) return '--realm and --subject go together';
  if (flags.unlink && flags.rows) return 'rows are either unlinked or deleted: --unlink or --rows';
  if ((flags.unlink || flags.rows) && !flags.pseudonyms) return 'without their pseudonyms nobody can find their rows';
  if (resume !== undefined && file === undefined) return '--resume goes on with a list: give its --file';
  return undefined;
}

function readId(text: string): string {
  if (/^[\w-]{1,100}$/.test(text)) return text;
  throw new InvalidArgumentError('Give the id that the receipt has.');
}

function namedBy({ realm = '', subject = '', source, file }: EraseFlags): DataSubject[] {
  if (file !== undefined) return readEraseList(file);
  const read = readSubject(source === undefined ? { realm, subject } : { source });
  if (typeof read === 'string') throw new CliError(read);
  return [read];
}

/** Attempts in a row for one part before it is given up, and the wait before each. */
const maxAttempts = 10;
const retryMillis = 2_000;

interface Erasing {
  readonly target: FunctionTarget;
  readonly io: CommandIo;
  readonly clock: Clock;
  readonly file: string | undefined;
  readonly keepSources: boolean;
  readonly rows: RowsErasure | undefined;
  /** The function that tells what stands for people; undefined: it is not asked. */
  readonly pseudonyms: FunctionTarget | undefined;
}

/** The receipt of the last part; undefined when it was interrupted here. */
async function erase(
  named: readonly DataSubject[],
  resume: string | undefined,
  erasing: Erasing,
): Promise<JsonObject | undefined> {
  const { target, io, file } = erasing;
  const id = resume ?? newUuidV7(systemClock, systemRandom);
  let receipt = resume === undefined ? {} : await doneSoFar(target, resume);
  const from = Number(receipt['named'] ?? 0);
  if (from > named.length) throw new CliError('the erasure has come further than this file: it is another one');
  const signal = io.interrupted();
  const bar = makeProgressBar(io.err);
  const goOn = file === undefined ? 'the same command erases again' : `--resume ${id} goes on with it`;
  // Before anybody is erased: a command that is killed says nothing any more.
  if (file !== undefined && resume === undefined) await io.err.write(`edi: erasure ${id}; ${goOn}, wherever it ends\n`);
  for (const part of partsOf(named, from)) {
    bar.show('erase', part.at, named.length);
    const body = signal.aborted ? undefined : await bodyOf({ id, ...part }, erasing, signal);
    const answered = body === undefined ? undefined : await sendPart(body, erasing, { signal, goOn });
    if (answered === undefined) {
      bar.clear();
      await io.err.write(`edi: stopped; ${goOn}\n`);
      return undefined;
    }
    receipt = answered;
  }
  bar.clear();
  return receipt;
}

/** Its receipt. Empty where there is none: it was interrupted before its first part arrived, and begins now. */
async function doneSoFar(target: FunctionTarget, id: string): Promise<JsonObject> {
  try {
    return await askOnce(target, `${erasures}/${id}`);
  } catch (error) {
    if (error instanceof Refused && error.status === 404) return {};
    throw error;
  }
}

/** What is asked of the function; undefined when it was interrupted. Pseudonyms can be told for as long as keys are there. */
async function bodyOf(
  part: { readonly id: string; readonly at: number; readonly subjects: JsonObject[] },
  { keepSources, rows, pseudonyms: target, io, clock }: Erasing,
  signal: AbortSignal,
): Promise<JsonObject | undefined> {
  const asking = { erasure: part.id, areNeeded: rows !== undefined, io, clock, signal };
  const pseudonyms = target === undefined ? [] : await pseudonymsOf(part.subjects, { target, ...asking });
  if (pseudonyms === undefined) return undefined;
  return { ...part, keepSources, pseudonyms, ...(rows === undefined ? {} : { rows }) };
}

/** Undefined when it was interrupted. A part that was done and not heard of is answered when it is sent again. */
async function sendPart(
  body: JsonObject,
  { target, clock }: Erasing,
  { signal, goOn }: { readonly signal: AbortSignal; readonly goOn: string },
): Promise<JsonObject | undefined> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await askFunction(target, { path: erasures, body, signal });
    } catch (error) {
      if (signal.aborted) return undefined;
      if (!(error instanceof Broken)) throw error;
    }
    if (attempt === maxAttempts) throw new CliError(`${target.name} does not answer: ${goOn}`);
    await sleep(clock, retryMillis, signal);
  }
}

function receiptText(receipt: JsonObject, target: FunctionTarget): string {
  const { id, state, named, keysDestroyed, sourcesErased, sourcesShared, unreadableFrom, parts } = receipt;
  const queries = `if break-glass re-identified one of them, its query and their encrypted key are in the history of jobs until ${String(receipt['queriesKeptUntil'])}`;
  if (typeof id !== 'string' || !Array.isArray(parts)) throw otherVersionOf(target);
  const summary = `erasure ${id}: ${String(state)}\n${String(named)} named, ${String(keysDestroyed)} had a key`;
  const sources = `${String(sourcesErased)} installations of theirs erased, ${String(sourcesShared)} shared with others and left`;
  const bound = `unreadable for everybody from ${String(unreadableFrom)}`;
  // The function knows no names: only whoever asks can tell a misspelt one.
  const keyless = Number(named) - Number(keysDestroyed);
  const why =
    'no row of theirs was written since they were erased, if ever; a name or realm that is misspelt has none, too';
  const hint = keyless > 0 ? `${keyless} had no key: ${why}\n` : '';
  const rows = parts.filter(isJsonObject);
  const sweptAt = rows.some((row) => row['sweptAt'] !== undefined) ? ['sweptAt'] : [];
  return `${summary}; ${sources}\n${hint}${bound}\n${queries}\n\n${tableText(rows, ['part', 'state', 'until', ...sweptAt, 'means'])}`;
}

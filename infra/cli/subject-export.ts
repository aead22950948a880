import { type Command, Option } from 'commander';
import { isJsonObject, type JsonObject } from '../../shared/event/json.ts';
import { CliError } from './cli-error.ts';
import { type CommandIo, interruptedExitCode } from './command-io.ts';
import { makeProgressBar } from './demo/progress-bar.ts';
import {
  addFunctionTargetOptions,
  askLines,
  Broken,
  type FunctionTarget,
  type FunctionTargetFlags,
  type OpenFunctionTarget,
  openFunctionTarget,
  otherVersionOf,
} from './function-target.ts';
import { addPersonOptions, type PersonFlags, personBody } from './subject-person.ts';

interface ExportFlags extends FunctionTargetFlags, PersonFlags {
  readonly format: 'jsonl';
}

const help = `
Writes a JSON line a row: {"as": "own"} with the whole event, where the person is its subject, and {"as": "mentioned"} with what is
theirs in the events of others. The last line has "totals", and what was not searched: without it the export was cut off. Every
export is in operations.decryptions, with --reason and who asked.
`;

interface ExportCommandOptions {
  readonly exit: (code: number) => void;
  readonly open?: OpenFunctionTarget;
}

/** Adds `edi subject export`. The function decrypts: no key leaves it. */
export function addSubjectExport(
  subject: Command,
  io: CommandIo,
  { exit, open = openFunctionTarget('export-subject') }: ExportCommandOptions,
): void {
  addPersonOptions(addFunctionTargetOptions(subject.command('export')))
    .description('everything that the tables hold of a person, decrypted')
    .addOption(new Option('--format <format>', 'of the output').choices(['jsonl']).default('jsonl'))
    .addHelpText('after', help)
    .action(async (flags: ExportFlags) => {
      const body = personBody(flags);
      const ended = await exportPerson(await open(flags), body, io);
      if (ended === 'interrupted') exit(interruptedExitCode);
    });
}

async function exportPerson(target: FunctionTarget, body: JsonObject, io: CommandIo): Promise<'whole' | 'interrupted'> {
  const signal = io.interrupted();
  const bar = makeProgressBar(io.err);
  let tables = 0;
  let isWhole = false;
  try {
    for await (const line of askLines(target, body, signal, '/v1/exports')) {
      const { begun, progress, row, totals, error } = line;
      if (typeof error === 'string') throw new CliError(`${target.name}: ${error}; what was written is not everything`);
      if (isJsonObject(begun)) {
        tables = Number(begun['tables']);
        await io.err.write(keyText(begun));
      } else if (isJsonObject(progress)) {
        bar.show(`export: ${String(progress['rows'])} rows, tables`, Number(progress['tables']), tables);
      } else if (isJsonObject(row) || isJsonObject(totals)) {
        bar.clear();
        isWhole = isJsonObject(totals);
        await io.out.write(`${JSON.stringify(isJsonObject(row) ? row : { totals })}\n`);
      } else throw otherVersionOf(target);
    }
  } catch (problem) {
    bar.clear();
    if (signal.aborted) {
      await io.err.write('edi: stopped; what was written is not everything\n');
      return 'interrupted';
    }
    if (!(problem instanceof Broken)) throw problem;
  }
  bar.clear();
  if (!isWhole) throw new CliError(`${target.name} broke off: what was written is not everything; export again`);
  return 'whole';
}

/** What is to be known before the first row. */
function keyText({ key, erasedAt, objections }: JsonObject): string {
  const told = typeof erasedAt === 'string' ? [`erased on ${erasedAt}: nothing of before can be read`] : [];
  if (key === 'none') told.push(told.length > 0 ? 'nothing was stored since' : 'nobody of this name has a key');
  if (key === 'unreadable') told.push('the key that is stored does not open: the master keyset is another one');
  for (const objection of Array.isArray(objections) ? objections : []) {
    const { from, until } = isJsonObject(objection) ? objection : {};
    told.push(`objected from ${String(from)} ${typeof until === 'string' ? `until ${until}` : 'on'}`);
  }
  return told.map((line) => `edi: ${line}\n`).join('');
}

import { type Command, InvalidArgumentError, Option } from 'commander';
import { needs } from '../../functions/scrub-property/needs.ts';
import { isJsonObject, type JsonObject } from '../../shared/event/json.ts';
import { CliError } from './cli-error.ts';
import type { CommandIo } from './command-io.ts';
import {
  addFunctionTargetOptions,
  askFunction,
  Broken,
  type FunctionTarget,
  type FunctionTargetFlags,
  type OpenFunctionTarget,
  openFunctionTarget,
  otherVersionOf,
} from './function-target.ts';
import { jsonText, tableText } from './output-text.ts';
import { readMoment } from './read-moment.ts';
import { showWait } from './show-wait.ts';

interface ScrubFlags extends FunctionTargetFlags {
  readonly type: string;
  readonly property: string;
  readonly from: number;
  readonly to: number;
  readonly reason: string;
  readonly dryRun: boolean;
  readonly json: boolean;
}

const help = `
For a value that should never have been sent. Begin with a revision of the schema whose treatment of the property is "drop": what
is received then, and what is on its way to pseudonymize, is stored without it. Then scrub what was stored, with --dry-run first. It
cannot be undone; who asked and why is in operations.scrubs. The same command can be given again, and finds what came late.
`;

/** As long as the function may work: a table of years takes more than minutes. */
const boundSeconds = needs.size.timeoutSeconds;

/** Adds `edi scrub`. The function does it. */
export function addScrubCommand(
  program: Command,
  { out, err }: Pick<CommandIo, 'out' | 'err'>,
  open: OpenFunctionTarget = openFunctionTarget('scrub-property'),
): void {
  addFunctionTargetOptions(program.command('scrub'))
    .description('take the values of a property out of tables, archive and quarantine')
    .addOption(
      new Option('--type <type>', 'of this event type, or of all majors (shop.order)')
        .argParser(readType)
        .makeOptionMandatory(),
    )
    .requiredOption(
      '--property <pointer>',
      'JSON Pointer into data, such as /buyer/email; lists are passed without an index',
    )
    .addOption(
      new Option('--from <time>', 'received at this time or later').argParser(readMoment).makeOptionMandatory(),
    )
    .addOption(new Option('--to <time>', 'received before this time').argParser(readMoment).makeOptionMandatory())
    .requiredOption('--reason <text>', 'why, for the ledger: a ticket, and no value')
    .option('--dry-run', 'tell what would change, and change nothing', false)
    .option('--json', 'print JSON', false)
    .addHelpText('after', help)
    .action(async ({ type, property, from, to, reason, dryRun, json, ...where }: ScrubFlags) => {
      const target = await open(where);
      const span = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
      const pointer = property.startsWith('/') ? property : `/${property}`;
      const body = { type, property: pointer, ...span, reason, dryRun };
      const wait = { label: `scrubbing ${type}`, boundSeconds };
      const asked = askFunction(target, { path: '/v1/scrubs', body, boundSeconds });
      const receipt = await showWait(err, wait, asked).catch((error: unknown) => {
        throw error instanceof Broken
          ? new CliError(`${target.name} did not answer in time: give the same command again, it goes on`)
          : error;
      });
      await out.write(json ? jsonText(receipt) : receiptText(receipt, target));
    });
}

function readType(text: string): string {
  if (/^[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*(\.v[1-9][0-9]*)?$/.test(text)) return text;
  throw new InvalidArgumentError('Give an event type such as shop.order.v1, or shop.order for all its majors.');
}

function receiptText(receipt: JsonObject, target: FunctionTarget): string {
  const { id, state, dryRun, rows, records, unfit, files, bytes, parts, unknownRecords, late } = receipt;
  if (typeof id !== 'string' || !Array.isArray(parts) || !isJsonObject(late)) throw otherVersionOf(target);
  const would = dryRun === true ? 'would be ' : '';
  const lines = [
    `scrub ${id}: ${String(state)}`,
    `${String(rows)} rows ${would}emptied, ${String(records)} records of the quarantine ${would}deleted, ` +
      `${String(unfit)} unfit rows ${would}emptied, ${String(files)} files of the archive ${would}deleted`,
    ...(typeof bytes === 'number' ? [`its statements read ${bytes} bytes at most`] : []),
    '',
    tableText(parts.filter(isJsonObject), ['part', 'of', 'count', 'waits']).trimEnd(),
    '',
    ...notesOf(parts.filter(isJsonObject)),
    ...lateLines(late, Number(unknownRecords)),
  ];
  return `${lines.join('\n')}\n`;
}

/** Each once: what a count means that is not plain. */
function notesOf(parts: readonly JsonObject[]): string[] {
  const told = parts.filter(({ note, count }) => typeof note === 'string' && count !== 0);
  return [...new Set(told.map(({ part, note }) => `${String(part)}: ${String(note)}`))];
}

function lateLines({ until, stillStoring }: JsonObject, unknownRecords: number): string[] {
  const storing = Array.isArray(stillStoring) ? stillStoring.map(String) : [];
  return [
    ...storing.map((type) => `${type} still stores it: publish a revision that drops it, or values go on coming`),
    `late rows may come until ${String(until)}: give the same command again then`,
    ...(unknownRecords > 0
      ? [`${unknownRecords} records of the quarantine have no readable type; they may hold it, and go after 20 days`]
      : []),
  ];
}

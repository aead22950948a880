import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseEventTypeName } from '../../shared/event/event-type-name.ts';
import { isJsonObject } from '../../shared/event/json.ts';
import { tableName } from '../../shared/event-types/table.ts';
import type { RunningDeployment } from '../local/running.ts';
import { maxTailHistory } from '../local/tail-request.ts';
import type { CommandIo } from './command-io.ts';
import { runningAt, schemaFolder } from './find-deployment.ts';
import { askOperator, makeOperatorClient } from './operator-client.ts';
import { expectedIn, typesByTable } from './schema-types.ts';
import { passes, readTailLine, tailLine } from './tail-line.ts';
import { urlOption } from './url-option.ts';

interface TailFlags {
  readonly url: string;
  readonly type?: string;
  readonly rejected: boolean;
  readonly json: boolean;
  readonly last?: number;
}

/** How many rows of before are shown where nothing else is asked for. */
const shownHistory = 10;

/** Adds `edi tail`. */
export function addTailCommand(program: Command, io: CommandIo): void {
  program
    .command('tail')
    .description('print rows as they are written: events and refused events, until Ctrl-C')
    .addOption(urlOption())
    .addOption(new Option('--type <type>', 'only this event type').argParser(readType))
    .addOption(
      new Option('--last <n>', `begin with so many rows of before (default: ${shownHistory}; with --json 0)`).argParser(
        readLast,
      ),
    )
    .option('--rejected', 'only events that were refused', false)
    .option('--json', 'JSON lines {dataset, table, row}, every value in full', false)
    .action((flags: TailFlags) => tail(flags, io));
}

async function tail(flags: TailFlags, io: CommandIo): Promise<void> {
  const deployment = runningAt(flags.url);
  const types = new Map([...typesByTable(schemaFolder), ...(await publishedTypes(deployment))]);
  const expectedAt = expectedIn(schemaFolder);
  if (flags.type !== undefined && ![...types.values()].includes(flags.type)) {
    await io.err.write(`edi: ${flags.type} is not published; waiting for it all the same\n`);
  }
  const { json, last = json ? 0 : shownHistory } = flags;
  const colors = io.out.isTerminal && !process.env['NO_COLOR'];
  for await (const line of makeOperatorClient(deployment).tail(io.interrupted(), { ...flags, last })) {
    const entry = readTailLine(line);
    if (entry === undefined) continue;
    if (entry.kind === 'lost') await io.err.write(`edi: ${entry.rows} rows are left out: this reader was too slow\n`);
    else if (entry.kind === 'history') {
      if (!json) await io.err.write(`edi: waiting for events at ${deployment.url} (Ctrl-C ends it)\n`);
    } else if (passes(entry, flags)) {
      const options = { types, expectedAt, colors, terminalColumns: io.out.columns };
      await io.out.write(`${json ? line : tailLine(entry, options)}\n`);
    }
  }
}

/** Those of another schema folder, too, by the names of their tables. */
async function publishedTypes(deployment: RunningDeployment): Promise<[string, string][]> {
  const { types } = await askOperator(deployment, '/schemas');
  return (Array.isArray(types) ? types : []).flatMap((each): [string, string][] => {
    const type = isJsonObject(each) ? each['type'] : undefined;
    return typeof type === 'string' && parseEventTypeName(type) !== undefined ? [[tableName(type), type]] : [];
  });
}

function readLast(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count <= maxTailHistory) return count;
  throw new InvalidArgumentError(`Give a whole number from 0 to ${maxTailHistory}.`);
}

function readType(text: string): string {
  if (parseEventTypeName(text) === undefined) {
    throw new InvalidArgumentError('Give a type such as github.push.v1.');
  }
  return text;
}

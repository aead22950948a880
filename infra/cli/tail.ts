import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseEventTypeName } from '../../shared/event/event-type-name.ts';
import type { CommandIo } from './command-io.ts';
import { runningAt, schemaFolder } from './find-deployment.ts';
import { makeOperatorClient } from './operator-client.ts';
import { expectedIn, typesByTable } from './schema-types.ts';
import { passes, readTailLine, tailLine } from './tail-line.ts';
import { urlOption } from './url-option.ts';

interface TailFlags {
  readonly url: string;
  readonly type?: string;
  readonly rejected: boolean;
  readonly json: boolean;
}

/** Widest line where no terminal tells its width. */
const maxPlainColumns = 1_000;

/** Adds `edi tail`. */
export function addTailCommand(program: Command, io: CommandIo): void {
  program
    .command('tail')
    .description('print rows as they are written: events and refused events, until Ctrl-C')
    .addOption(urlOption())
    .addOption(new Option('--type <type>', 'only this event type').argParser(readType))
    .option('--rejected', 'only events that were refused', false)
    .option('--json', 'JSON lines {dataset, table, row}, every value in full', false)
    .action((flags: TailFlags) => tail(flags, io));
}

async function tail(flags: TailFlags, io: CommandIo): Promise<void> {
  const deployment = runningAt(flags.url);
  const types = typesByTable(schemaFolder);
  const expectedAt = expectedIn(schemaFolder);
  if (flags.type !== undefined && ![...types.values()].includes(flags.type)) {
    await io.err.write(`edi: no schema of ${flags.type} is in ${schemaFolder}; waiting for it all the same\n`);
  }
  for await (const line of makeOperatorClient(deployment).tail(io.interrupted())) {
    const entry = readTailLine(line);
    if (entry === undefined) continue;
    if (entry.kind === 'lost') await io.err.write(`edi: ${entry.rows} rows are left out: this reader was too slow\n`);
    else if (passes(entry, flags)) {
      const maxColumns = io.out.columns ?? maxPlainColumns;
      await io.out.write(`${flags.json ? line : tailLine(entry, { types, maxColumns, expectedAt })}\n`);
    }
  }
}

function readType(text: string): string {
  if (parseEventTypeName(text) === undefined) {
    throw new InvalidArgumentError('Give a type such as github.push.v1.');
  }
  return text;
}

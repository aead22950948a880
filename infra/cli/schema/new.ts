import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CommandIo } from '../command-io.ts';
import type { NewFlags } from './run-new.ts';

/** Adds `edi schema new`. */
export function addNewCommand(schema: Command, io: CommandIo, exit: (code: number) => void): void {
  schema
    .command('new')
    .description('make a schema and its examples; asks on a terminal for what no flag says')
    .argument('<event>', '<domain>.<event> in kebab-case, such as playback.track-played')
    .option('--owner <contact>', 'who answers for the type: a team, a channel, a mail address or a page')
    .addOption(
      new Option('--stage <stage>', 'alpha needs no deployment, and may change')
        .choices(['alpha', 'beta', 'ga'])
        .default('beta'),
    )
    .option('--description <sentence>', 'what the event means')
    .option('--subject <realm>', "whose numbering the envelope's subject is, such as customer")
    .addOption(new Option('--sdks <names>', 'bindings of sdks.json that may send it, with commas').argParser(readNames))
    .option('--from <file>', 'infer the schema from example events: a JSON array or JSON lines of data or CloudEvents')
    .addOption(new Option('--retention-days <days>', 'how long the table keeps a day').argParser(readDays).default(400))
    .option('--major', 'the next major version, begun as a copy of the last one', false)
    .option('--schemas <folder>', 'the schema folder', 'schemas')
    .option('--json', 'print JSON', false)
    .action(async (name: string, flags: NewFlags) => {
      const { runNew } = await import('./run-new.ts');
      exit(await runNew(name, flags, io));
    });
}

function readNames(text: string): readonly string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

function readDays(text: string): number {
  const days = Number(text);
  if (Number.isInteger(days) && days >= 1 && days <= 3_650) return days;
  throw new InvalidArgumentError('Give a whole number of days from 1 to 3650.');
}

import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseEventTypeName } from '../../../shared/event/event-type-name.ts';
import type { CommandIo } from '../command-io.ts';
import { addTargetOptions, openSchemaTarget, type TargetFlags } from './schema-target.ts';

interface PublishFlags extends TargetFlags {
  readonly schemas: string;
  readonly unchecked: boolean;
  readonly replace: readonly string[];
  readonly waitSeconds: number;
}

/** Adds `edi schema publish`. Tests open targets of their own. */
export function addPublishCommand(
  schema: Command,
  io: CommandIo,
  exit: (code: number) => void,
  open = openSchemaTarget,
): void {
  const command = schema
    .command('publish')
    .description('check schemas, upload them, and wait until ingest uses them')
    .argument('[files...]', 'these only; without them the whole schema folder and sdks.json')
    .option('--schemas <folder>', 'the schema folder', 'schemas')
    .addOption(replaceOption())
    .option('--unchecked', 'leave the check to publish-schema, which refuses by the same rules', false)
    .addOption(new Option('--wait-seconds <n>', 'how long to wait').argParser(readSeconds).default(60));
  addTargetOptions(command)
    .addHelpText('after', replaceHelp)
    .addHelpText('after', 'Exit code 0 when everything is in use, 1 when something was refused or is not yet.\n')
    .action(async (files: readonly string[], flags: PublishFlags, self: Command) => {
      const { runPublish } = await import('./run-publish.ts');
      const { schemas: folder, unchecked, waitSeconds, replace } = flags;
      const openTarget = () => open(flags, self);
      exit(await runPublish({ folder, files, replace, unchecked, waitMillis: waitSeconds * 1_000, openTarget }, io));
    });
}

function replaceOption(): Option {
  return new Option('--replace <type>', 'this type may change in any way; may be given again')
    .argParser((type: string, others: readonly string[]) => {
      if (parseEventTypeName(type) !== undefined) return [...others, type];
      throw new InvalidArgumentError('Give the name of a type: <domain>.<event>.v<major>.');
    })
    .default([], 'none');
}

const replaceHelp = `
--replace publishes a draft that its active revision would refuse: of a type in stage alpha, and on a local deployment of any.
Rows keep the revision they came with. In alpha they stay as they are. A table of the type's own is made anew: its rows stay,
what they hold goes into the columns of the same name, and what has no column any more, or does not fit it, is gone. What is
on its way, resent or replayed meets the new schema.
`;

function readSeconds(text: string): number {
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= 86_400) return seconds;
  throw new InvalidArgumentError('Give a whole number of seconds from 1 to 86400.');
}

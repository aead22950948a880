import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CommandIo } from '../command-io.ts';
import { addTargetOptions, openSchemaTarget, type TargetFlags } from './schema-target.ts';

interface PublishFlags extends TargetFlags {
  readonly schemas: string;
  readonly unchecked: boolean;
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
    .option('--unchecked', 'leave the check to publish-schema, which refuses by the same rules', false)
    .addOption(new Option('--wait-seconds <n>', 'how long to wait').argParser(readSeconds).default(60));
  addTargetOptions(command)
    .addHelpText('after', 'Exit code 0 when everything is in use, 1 when something was refused or is not yet.\n')
    .action(async (files: readonly string[], flags: PublishFlags, self: Command) => {
      const { runPublish } = await import('./run-publish.ts');
      const { schemas: folder, unchecked, waitSeconds } = flags;
      const openTarget = () => open(flags, self);
      exit(await runPublish({ folder, files, unchecked, waitMillis: waitSeconds * 1_000, openTarget }, io));
    });
}

function readSeconds(text: string): number {
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= 86_400) return seconds;
  throw new InvalidArgumentError('Give a whole number of seconds from 1 to 86400.');
}

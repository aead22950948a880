import { type Command, Option } from 'commander';
import type { CommandIo } from '../command-io.ts';

interface CompatFlags {
  readonly batch?: string;
  readonly undeclared: 'open' | 'closed';
  readonly formats: 'annotation' | 'assertion';
  readonly base?: string;
  readonly json: boolean;
}

/** Adds `edi schema compat`. */
export function addCompatCommand(schema: Command, io: CommandIo, exit: (code: number) => void): void {
  schema
    .command('compat')
    .description('say whether a revision accepts every instance that the old one accepts, and what changed')
    .argument('[old]', 'the schema that is replaced, in any draft from 04 to 2020-12')
    .argument('[new]', 'the schema that replaces it')
    .option('--batch <file>', 'answer JSON lines {"id","old","new"} with JSON lines, in their order; - is stdin')
    .addOption(
      new Option('--undeclared <policy>', 'an object that says nothing of additional properties')
        .choices(['open', 'closed'])
        .default('open'),
    )
    .addOption(
      new Option(
        '--formats <policy>',
        'a format is a remark, as JSON Schema has it, or refuses values, as ingest has it',
      )
        .choices(['annotation', 'assertion'])
        .default('annotation'),
    )
    .option('--base <folder>', 'references lead into files below it (default: the folder of each schema)')
    .option('--json', 'print JSON', false)
    .addHelpText('after', exitCodes)
    .action(async (old: string | undefined, next: string | undefined, flags: CompatFlags, command: Command) => {
      if (flags.batch !== undefined) {
        if (old !== undefined) command.error('error: --batch takes its schemas from the file; leave OLD and NEW out');
        if (flags.base !== undefined) command.error('error: schemas of a batch refer to no files; leave --base out');
        const { runCompatBatch } = await import('./compat-batch.ts');
        return exit(await runCompatBatch(flags.batch, flags, io));
      }
      if (old === undefined || next === undefined) return command.error('error: give OLD and NEW, or --batch FILE');
      const { runCompat } = await import('./run-compat.ts');
      return exit(await runCompat({ old, next }, flags, io));
    });
}

const exitCodes = `
Of two revisions of an event type (both with the same "edi" type) it also says what of the change \`edi schema check\` refuses for
the table and the rest of the type: integer to number takes the same events, and another column. Without --batch.

Exit code 0 when the new schema is compatible, 1 when it is not, or when that cannot be decided. A batch ends with 0 when
every line was answered; a line that is no pair of schemas is answered with "compatible": false.
`;

import type { Command } from 'commander';
import type { CommandIo } from '../command-io.ts';

interface FormatFlags {
  readonly schemas: string;
  readonly check: boolean;
}

/** Adds `edi schema format`. */
export function addFormatCommand(schema: Command, io: CommandIo, exit: (code: number) => void): void {
  schema
    .command('format')
    .description('write JSON files as `npm run lint` wants them: schemas, examples, sdks.json')
    .argument('[files...]', 'these only; without them all JSON of the schema folder')
    .option('--schemas <folder>', 'the schema folder', 'schemas')
    .option('--check', 'write nothing; exit code 1 unless everything is formatted', false)
    .action(async (files: readonly string[], flags: FormatFlags) => {
      const { runFormat } = await import('./run-format.ts');
      exit(await runFormat({ files, ...flags }, io));
    });
}

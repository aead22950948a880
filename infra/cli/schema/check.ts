import { type Command, Option } from 'commander';
import type { CommandIo } from '../command-io.ts';
import type { CheckReport } from './check-report.ts';

interface CheckFlags {
  readonly schemas: string;
  readonly against?: string;
  readonly foreign: boolean;
  readonly format: 'text' | 'markdown' | 'json';
  readonly json: boolean;
}

/** Adds `edi schema check`. */
export function addCheckCommand(schema: Command, io: CommandIo, exit: (code: number) => void): void {
  schema
    .command('check')
    .description('check schemas, examples, compatibility with the base revision, and what the tables become')
    .argument('[files...]', 'these only; without them the whole schema folder')
    .option('--against <gitref>', 'the base revision (default: where this branch left origin/main, or else main)')
    .option('--schemas <folder>', 'the schema folder', 'schemas')
    .option('--foreign', 'schemas of others, drafts 04 to 2020-12: leave out what only ours must have', false)
    .addOption(new Option('--format <format>', 'of the report').choices(['text', 'markdown', 'json']).default('text'))
    .option('--json', 'the same as --format json', false)
    .addHelpText('after', '\nExit code 0 when nothing is wrong, 1 when there are errors. Warnings do not count.\n')
    .action(async (files: readonly string[], flags: CheckFlags, command: Command) => {
      if (flags.foreign && files.length === 0) command.error('error: --foreign needs files or folders to check');
      if (flags.foreign && flags.against !== undefined) {
        command.error('error: --foreign compares with no revision; `edi schema compat` compares two schemas');
      }
      const report = flags.foreign ? await foreign(files) : await own(files, flags);
      await io.out.write(await render(report, flags.json ? 'json' : flags.format, io));
      exit(report.ok ? 0 : 1);
    });
}

async function own(files: readonly string[], { schemas, against }: CheckFlags): Promise<CheckReport> {
  const { checkFolder } = await import('./check-folder.ts');
  return checkFolder({ folder: schemas, files, ...(against === undefined ? {} : { against }) });
}

async function foreign(files: readonly string[]): Promise<CheckReport> {
  const { checkForeign } = await import('./check-foreign.ts');
  return checkForeign(files);
}

async function render(report: CheckReport, format: CheckFlags['format'], io: CommandIo): Promise<string> {
  if (format === 'json') return `${JSON.stringify(report, null, 2)}\n`;
  if (format === 'markdown') return (await import('./report-markdown.ts')).reportMarkdown(report);
  return (await import('./report-text.ts')).reportText(report, io.out.isTerminal && !process.env['NO_COLOR']);
}

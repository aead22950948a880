import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CommandIo } from './command-io.ts';
import type { LegacyReport } from './legacy/check-report.ts';
import type { ExportFlags } from './legacy/run-export.ts';
import type { NewFlags } from './legacy/run-new.ts';
import type { PreviewFlags } from './legacy/run-preview.ts';
import type { ReportFlags } from './legacy/run-report.ts';
import { addOperationsOptions } from './operations-rows.ts';
import { urlOption } from './url-option.ts';

/** Adds `edi legacy …`: mappings of legacy files, and what becomes of their records. */
export function addLegacyCommand(program: Command, io: CommandIo, exit: (code: number) => void): void {
  const legacy = program
    .command('legacy')
    .description('work with files of clients that never upgrade, and their mappings');
  legacy
    .command('check')
    .description('check mappings, and what becomes of their examples')
    .argument('[files...]', 'these only; without them all mappings of the schema folder')
    .option('--schemas <folder>', 'the schema folder', 'schemas')
    .option('--json', 'for machines', false)
    .action(
      async (files: readonly string[], { schemas, json }: { readonly schemas: string; readonly json: boolean }) => {
        const { checkMappings } = await import('./legacy/run-check.ts');
        const report = await checkMappings(schemas, files);
        await io.out.write(json ? `${JSON.stringify(report, null, 2)}\n` : await checkText(report, io));
        exit(report.ok ? 0 : 1);
      },
    );
  legacy
    .command('preview')
    .description('the first records of a file side by side with their events, and what did not map and why')
    .argument('<name>', 'of the mapping')
    .argument('<file>', 'plain, gzip or zstd')
    .option('--schemas <folder>', 'the schema folder', 'schemas')
    .option('--records <count>', 'how many', wholeNumber, 10)
    .option('--json', 'what becomes of each, as the examples of a mapping have it', false)
    .action(async (name: string, file: string, flags: PreviewFlags) => {
      const { runPreview } = await import('./legacy/run-preview.ts');
      exit(await runPreview(name, file, flags, io));
    });
  legacy
    .command('export')
    .description('export files by a running deployment: validated, counted once, pseudonymized, as any event')
    .argument('<name>', 'of the mapping')
    .argument('<files...>', 'plain, gzip or zstd')
    .option('--schemas <folder>', 'the schema folder', 'schemas')
    .addOption(urlOption())
    .option('--json', 'a JSON line a file', false)
    .action(async (name: string, files: readonly string[], flags: ExportFlags) => {
      const { runExport } = await import('./legacy/run-export.ts');
      exit(await runExport(name, files, flags, io));
    });
  legacy
    .command('new')
    .description('write a first mapping out of what a file looks like')
    .argument('<name>', 'in kebab-case')
    .requiredOption('--from <file>', 'a file of records')
    .option('--type <type>', 'the event type that its records become')
    .option('--owner <team>', 'who answers for the mapping')
    .option('--schemas <folder>', 'the schema folder', 'schemas')
    .action(async (name: string, flags: NewFlags) => {
      const { runNew } = await import('./legacy/run-new.ts');
      exit(await runNew(name, flags, io));
    });
  addOperationsOptions(legacy.command('report'))
    .description('what became of exported files, and which share of each type still comes the legacy way, week by week')
    .argument('[name]', 'of one mapping; default: all')
    .addOption(
      new Option('--weeks <n>', `so many of the events, this one included, at most ${maxWeeks}`)
        .argParser(readWeeks)
        .default(13),
    )
    .option('--schemas <folder>', 'the schema folder, which says whose types they are', 'schemas')
    .option('--json', 'print JSON', false)
    .action(async (name: string | undefined, flags: ReportFlags) => {
      const { runReport } = await import('./legacy/run-report.ts');
      await runReport(name, flags, io);
    });
}

/** Two years: as long as tables keep most events, and then some. */
const maxWeeks = 104;

function readWeeks(text: string): number {
  const count = wholeNumber(text);
  if (count > maxWeeks) throw new InvalidArgumentError(`It is at most ${maxWeeks}.`);
  return count;
}

async function checkText(report: LegacyReport, io: CommandIo): Promise<string> {
  const { findingText, styleFor, verdictText } = await import('./schema/report-text.ts');
  const style = styleFor(io.out.isTerminal && !process.env['NO_COLOR']);
  const blocks = report.findings.map((finding) => findingText(finding, style));
  const checked = `${report.mappings} mappings and ${report.examples} examples checked`;
  return `${[...blocks, ''].join('\n')}${verdictText(report, checked, style)}`;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('It is a whole number from 1.');
  return value;
}

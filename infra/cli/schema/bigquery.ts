import { type Command, Option } from 'commander';
import type { CommandIo } from '../command-io.ts';
import type { BigQueryFlags } from './run-bigquery.ts';

/** Adds `edi schema bigquery`. */
export function addBigQueryCommand(schema: Command, io: CommandIo, exit: (code: number) => void): void {
  schema
    .command('bigquery')
    .description('show the BigQuery columns that a schema makes, and what has no column of its own type')
    .argument('[file]', 'a schema in any draft from 04 to 2020-12; - is stdin')
    .option('--batch <file>', 'answer JSON lines {"id","schema","base"?} with {"id","fields","notes"}; - is stdin')
    .option('--base <folder>', 'references lead into files below it (default: the folder of the schema)')
    .option('--table', 'the whole table of an event type: envelope columns, and the payload in `data`', false)
    .addOption(policy('--maps <policy>', 'objects of undeclared keys', ['json', 'entries']))
    .addOption(policy('--unions <policy>', 'what may be of several types', ['json', 'string']))
    .addOption(policy('--names <policy>', 'of columns: snake_case, or as in the schema', ['snake', 'keep']))
    .option('--json', 'print one JSON object {"fields","notes"}', false)
    .addHelpText('after', exitCodes)
    .action(async (file: string | undefined, flags: BigQueryFlags, command: Command) => {
      if ((file === undefined) === (flags.batch === undefined))
        return command.error('error: give FILE or --batch FILE');
      const { runBigQuery, runBigQueryBatch } = await import('./run-bigquery.ts');
      if (flags.batch !== undefined) return exit(await runBigQueryBatch(flags.batch, flags, io));
      return exit(await runBigQuery(file ?? '-', flags, io));
    });
}

function policy(flags: string, description: string, choices: readonly [string, string]): Option {
  return new Option(flags, description).choices([...choices]).default(choices[0]);
}

const exitCodes = `
Exit code 0 when the schema was read, 1 when it is none. A batch ends with 0 when every line was answered; a line without
a schema is answered with no fields and a note that says why.
`;

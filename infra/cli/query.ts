import { type Command, Option } from 'commander';
import { formatRows, type ResultFormat } from '../../shared/adapters/embedded/duckdb/format.ts';
import type { QueryOutcome } from '../../shared/adapters/embedded/duckdb/query.ts';
import { CliError } from './cli-error.ts';
import type { CommandIo } from './command-io.ts';
import { type DeploymentTarget, findTarget } from './find-deployment.ts';
import { makeOperatorClient } from './operator-client.ts';
import { urlOption } from './url-option.ts';

interface QueryFlags {
  readonly url: string;
  readonly data?: string;
  readonly format: ResultFormat;
}

/** What the operator endpoint grants too. */
const fileQueryLimits = { maxRows: 100_000, timeoutMillis: 30_000 } as const;
/** A statement is far smaller; what is larger is not SQL. */
const maxStdinLength = 1_048_576;

/** Adds `edi query`. */
export function addQueryCommand(program: Command, io: CommandIo): void {
  program
    .command('query')
    .description('run one SELECT on the tables: events.<type> (exact), events_raw.<type>, operations.quarantine')
    .argument('<sql>', 'the statement; - reads it from standard input')
    .addOption(urlOption())
    .addOption(new Option('--data <folder>', 'ask what is in this data folder instead').default(undefined, '.edi'))
    .addOption(new Option('--format <format>', 'of the answer').choices(['table', 'json', 'csv']).default('table'))
    .action(async (sql: string, flags: QueryFlags, command: Command) => {
      const statement = sql === '-' ? await readAll(io.stdin) : sql;
      const outcome = await runQuery(findTarget(flags, command), statement);
      if (outcome.kind === 'refused') throw new CliError(outcome.reason);
      if (outcome.truncated) {
        await io.err.write(`edi: cut after ${outcome.rows.length} rows: there are more than an answer may hold\n`);
      }
      await io.out.write(formatRows(outcome, flags.format));
    });
}

async function runQuery(target: DeploymentTarget, sql: string): Promise<QueryOutcome> {
  if (target.kind === 'running') return makeOperatorClient(target.deployment).query(sql);
  // DuckDB takes its time to load, and who asks a running deployment does not need it.
  const { openReadOnlyFile, runReadOnlyQuery } = await import('../../shared/adapters/embedded/duckdb/query.ts');
  const { storagePath } = await import('../../shared/adapters/embedded/storage-paths.ts');
  const path = storagePath(target.dataFolder, 'warehouse');
  const opened = await openReadOnlyFile(path);
  if (opened.kind === 'missing') {
    throw new CliError(
      `there are no tables in ${target.dataFolder}, and no deployment runs. Start one with \`npm start\`.`,
    );
  }
  if (opened.kind === 'held') {
    throw new CliError(`${path} is open in a process that does not answer queries: ${opened.reason}`);
  }
  if (opened.kind === 'unusable') throw new CliError(`${path} cannot be read: ${opened.reason}`);
  try {
    return await runReadOnlyQuery(opened.source, sql, fileQueryLimits);
  } finally {
    await opened.close();
  }
}

async function readAll(stdin: AsyncIterable<string | Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of stdin) {
    text += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    if (text.length > maxStdinLength) throw new CliError('standard input is too long to be a statement');
  }
  return text;
}

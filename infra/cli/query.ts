import { type Command, InvalidArgumentError, Option } from 'commander';
import { formatRows, type ResultFormat } from '../../shared/adapters/embedded/duckdb/format.ts';
import type { QueryOutcome, QueryRows } from '../../shared/adapters/embedded/duckdb/query.ts';
import { storagePath } from '../../shared/adapters/embedded/storage-paths.ts';
import { isJsonObject, parseJson } from '../../shared/event/json.ts';
import { type QueryBounds, queryBounds, runQueryProcess } from '../local/query-process.ts';
import { CliError } from './cli-error.ts';
import type { CommandIo, Output } from './command-io.ts';
import { type DeploymentTarget, findTarget, isAnyRunning } from './find-deployment.ts';
import { makeOperatorClient, readOutcome } from './operator-client.ts';
import { plotRows } from './plot.ts';
import { showWait } from './show-wait.ts';
import { urlOption } from './url-option.ts';

interface QueryFlags extends QueryBounds {
  readonly url: string;
  readonly data?: string;
  readonly format: ResultFormat;
  readonly plot: boolean;
}

/** Of a plot where no terminal tells its width. */
const plainPlotColumns = 80;

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
    .addOption(plotOption())
    .addOption(boundOption('--memory-mebibytes <n>', 'memory that the query may take', queryBounds.memoryMebibytes))
    .addOption(boundOption('--seconds <n>', 'time that the query may take', queryBounds.seconds))
    .action(async (sql: string, flags: QueryFlags, command: Command) => {
      const statement = sql === '-' ? await readAll(io.stdin) : sql;
      const target = findTarget(flags, command);
      if (target.kind === 'stopped' && flags.data === undefined && isAnyRunning()) {
        await io.err.write(
          `edi: from what a stopped deployment left in ${target.dataFolder}; --url names a running one\n`,
        );
      }
      const wait = { label: 'asking the tables', boundSeconds: flags.seconds };
      const outcome = await showWait(io.err, wait, runQuery(target, statement, flags));
      if (outcome.kind === 'refused') throw new CliError(outcome.reason);
      if (outcome.truncated) {
        await io.err.write(`edi: cut after ${outcome.rows.length} rows: there are more than an answer may hold\n`);
      }
      await io.out.write(flags.plot ? plotText(outcome, io.out) : rowsText(outcome, flags.format, io.out));
    });
}

/** A terminal gets what fits it; what is read by a program, or later, is never cut. */
function rowsText(rows: QueryRows, format: ResultFormat, { columns }: Output): string {
  return formatRows(rows, format, columns ? { terminalColumns: columns } : { maxCellColumns: Infinity });
}

function plotOption(): Option {
  const what = 'plot the columns of numbers by the first column: lines where that is a time, else bars';
  return new Option('--plot', what).default(false).conflicts('format');
}

function plotText(rows: QueryRows, { columns, isTerminal }: Output): string {
  const colors = isTerminal && !process.env['NO_COLOR'];
  const text = plotRows(rows, { columns: columns ?? plainPlotColumns, colors });
  if (text !== undefined) return text;
  throw new CliError('there is nothing to plot: select labels or times first, and numbers after them');
}

function boundOption(flags: string, what: string, bound: (typeof queryBounds)[keyof QueryBounds]): Option {
  const { default: standard, minimum, maximum } = bound;
  return new Option(flags, what).default(standard).argParser((text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= minimum && value <= maximum) return value;
    throw new InvalidArgumentError(`Give a whole number from ${minimum} to ${maximum}.`);
  });
}

async function runQuery(target: DeploymentTarget, sql: string, flags: QueryBounds): Promise<QueryOutcome> {
  const bounds = { memoryMebibytes: flags.memoryMebibytes, seconds: flags.seconds };
  if (target.kind === 'running') return makeOperatorClient(target.deployment).query(sql, bounds);
  const path = storagePath(target.dataFolder, 'warehouse');
  const answer = parseJson((await runQueryProcess({ path, sql, bounds })).toString('utf8'));
  const { kind, reason } = isJsonObject(answer) ? answer : {};
  if (kind === 'missing') {
    throw new CliError(
      `there are no tables in ${target.dataFolder}, and no deployment runs. Start one with \`npm start\`.`,
    );
  }
  if (kind === 'held') throw new CliError(`${path} is open in a process that does not answer queries: ${reason}`);
  const outcome = isJsonObject(answer) ? readOutcome(answer) : undefined;
  if (outcome === undefined) throw new CliError(`${path} cannot be read: ${reason}`);
  return outcome;
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

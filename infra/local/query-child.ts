import { flushCompileCache } from 'node:module';
import { createInterface } from 'node:readline';
import { openReadOnlyFile, runReadOnlyQuery } from '../../shared/adapters/embedded/duckdb/query.ts';
import { isJsonObject, parseJson } from '../../shared/event/json.ts';
import { translate } from './google-sql/translate.ts';
import { maxQueryAnswerBytes, maxQueryRows, memoryRefusal, type QueryTask, refusal } from './query-process.ts';

/*
 * The process of one query: `runQueryProcess` starts it, tells it its task, and bounds it.
 */

const watchMillis = 20;
/** What DuckDB says, and what V8 says of a value that it cannot hold. */
const outOfMemory = /^Out of Memory|Array buffer allocation failed/;
/** The time is the parent's to watch. */
const noTimeoutMillis = 2_147_483_647;

/** At once, whatever DuckDB's threads are doing; nothing is left that would have to be written. */
function end(): void {
  process.kill(process.pid, 'SIGKILL');
}

function readTask(line: string): QueryTask {
  const task = parseJson(line);
  const { path, sql, memoryMebibytes } = isJsonObject(task) ? task : {};
  if (typeof path !== 'string' || typeof sql !== 'string' || typeof memoryMebibytes !== 'number') {
    throw new TypeError('this process takes its task from the deployment');
  }
  return { path, sql, memoryMebibytes };
}

async function answerTask({ path, sql, memoryMebibytes }: QueryTask): Promise<Buffer> {
  // The other half is Node's, and that of values that DuckDB does not count.
  const opened = await openReadOnlyFile(path, { memoryLimitMebibytes: Math.floor(memoryMebibytes / 2) });
  if (opened.kind !== 'opened') return Buffer.from(JSON.stringify(opened));
  const statement = translate(sql);
  const limits = { maxRows: maxQueryRows, timeoutMillis: noTimeoutMillis };
  const outcome = await runReadOnlyQuery(opened.source, statement, limits);
  if (outcome.kind === 'refused' && outOfMemory.test(outcome.reason)) return memoryRefusal(memoryMebibytes);
  if (outcome.kind === 'refused' && statement !== sql) return refusal(`${outcome.reason}\nIt was run as: ${statement}`);
  const answer = Buffer.from(JSON.stringify(outcome));
  return answer.length < maxQueryAnswerBytes ? answer : refusal('the answer is too large: select less of it');
}

async function answerLine(line: string): Promise<Buffer> {
  try {
    const task = readTask(line);
    setInterval(() => {
      if (process.memoryUsage.rss() > task.memoryMebibytes * 1_048_576) end();
    }, watchMillis);
    return await answerTask(task);
  } catch (error) {
    return refusal(error instanceof Error ? error.message : String(error));
  }
}

// Node would write at an exit what it compiled, and this process is killed: each would compile anew.
flushCompileCache();

const lines = createInterface({ input: process.stdin });
lines.once('line', async (line) => {
  const answer = await answerLine(line);
  // Who asked ends this process once it has the whole line.
  process.stdout.write(Buffer.concat([answer, Buffer.from('\n')]));
});
// Whoever wanted the answer is gone.
lines.once('close', end);

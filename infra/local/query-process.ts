import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { JsonObject } from '../../shared/event/json.ts';

/** What one query may take. */
export interface QueryBounds {
  /** Resident memory of its process, Node and DuckDB included. */
  readonly memoryMebibytes: number;
  /** From its start to its answer. */
  readonly seconds: number;
}

/** Defaults, and between what they may be set: by `edi query --memory-mebibytes` and `--seconds`. */
export const queryBounds = {
  memoryMebibytes: { default: 1_024, minimum: 384, maximum: 65_536 },
  seconds: { default: 30, minimum: 1, maximum: 3_600 },
} as const;

export const defaultQueryBounds: QueryBounds = {
  memoryMebibytes: queryBounds.memoryMebibytes.default,
  seconds: queryBounds.seconds.default,
};

/** Rows of an answer; more are cut. */
export const maxQueryRows = 100_000;

/** Size of an answer's JSON. Rows are cut at half of it, and a text grows where it is escaped. */
export const maxQueryAnswerBytes = 64 * 1_048_576;

export interface QueryProcessOptions {
  /** A warehouse's file that nobody writes: a stopped deployment's, or a copy. */
  readonly path: string;
  readonly sql: string;
  readonly bounds: QueryBounds;
  /** Ends it, when nobody waits for the answer any more. */
  readonly signal?: AbortSignal;
}

/** What the process is told, as one line of JSON on its standard input. */
export interface QueryTask {
  readonly path: string;
  readonly sql: string;
  readonly memoryMebibytes: number;
}

/**
 * Address space that Node and DuckDB reserve at their start and do not fill (Node for machine code, 512 MiB of it). Linux
 * counts it as data, so it is granted beside the memory.
 */
const reservedMebibytes = 640;
const program = join(import.meta.dirname, 'query-child.ts');

/**
 * Runs one SELECT in a process of its own and answers with JSON, UTF-8: a `QueryOutcome`, or `{"kind": "missing"}`,
 * `held` or `unusable` of `OpenedFile`.
 *
 * Of its own because DuckDB neither counts nor interrupts a single huge value, so that only the end of the process bounds
 * it. Two watch its memory: the operating system refuses what is asked for at once (Linux: `RLIMIT_DATA`, which `ulimit -d`
 * sets; elsewhere it counts no such memory), and the process ends itself when more is resident. The time is watched here.
 */
export async function runQueryProcess({ path, sql, bounds, signal }: QueryProcessOptions): Promise<Buffer> {
  const { memoryMebibytes, seconds } = bounds;
  const child = start(memoryMebibytes);
  const end = () => child.kill('SIGKILL');
  if (signal?.aborted) end();
  let isOver = false;
  const timer = setTimeout(() => {
    isOver = true;
    end();
  }, seconds * 1_000);
  signal?.addEventListener('abort', end, { once: true });
  try {
    const task: QueryTask = { path, sql, memoryMebibytes };
    child.stdin?.on('error', () => undefined).write(`${JSON.stringify(task)}\n`);
    const answer = await readAnswer(child, end);
    if (answer !== undefined) return answer;
    if (isOver) return refusal(`the query took longer than ${seconds} s and was ended: ${advice('time', '--seconds')}`);
    return memoryRefusal(memoryMebibytes);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', end);
    end();
  }
}

/** What to tell of a query that needed more memory than it may take. */
export function memoryRefusal(memoryMebibytes: number): Buffer {
  const needed = `the query needed more than the ${memoryMebibytes} MiB of memory that it may take and was ended`;
  return refusal(`${needed}: ${advice('memory', '--memory-mebibytes')}`);
}

export function refusal(reason: string): Buffer {
  const outcome: JsonObject = { kind: 'refused', reason };
  return Buffer.from(JSON.stringify(outcome));
}

function advice(what: string, option: string): string {
  return `ask for less, or grant it more ${what} with ${option}`;
}

function start(memoryMebibytes: number): ChildProcess {
  const dataKibibytes = (memoryMebibytes + reservedMebibytes) * 1_024;
  const heapMebibytes = Math.floor(memoryMebibytes / 2);
  return spawn(
    '/bin/sh',
    // No core dump of what is in the tables, either.
    [
      '-c',
      'umask 077; ulimit -c 0; ulimit -d "$0" 2>/dev/null; exec "$@"',
      String(dataKibibytes),
      ...[process.execPath, `--max-old-space-size=${heapMebibytes}`, program],
    ],
    { stdio: ['pipe', 'pipe', 'ignore'] },
  );
}

/** The line that the process writes; undefined when it ended before. */
function readAnswer(child: ChildProcess, end: () => void): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    child.stdout?.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (chunk.at(-1) === 0x0a) resolve(Buffer.concat(chunks));
      else if (bytes > maxQueryAnswerBytes) end();
    });
    child.once('error', reject);
    child.once('close', () => resolve(undefined));
  });
}

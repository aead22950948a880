import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { CheckSchema, SchemaText } from './check-schema.ts';
import { type Refusal, refused } from './refusal.ts';

/** A worker's own heap; its stack is a little smaller than a main thread's, so that what runs in it runs there. */
const resourceLimits = { maxOldGenerationSizeMb: 512, stackSizeMb: 1 };

/** Beside this file as a source, beside the bundle that this file is in as its own bundle. */
const workerFile = join(
  import.meta.dirname,
  import.meta.filename.endsWith('.ts') ? 'check-worker.ts' : 'check-worker.js',
);

/**
 * Checks schemas in a thread, one after the other. What takes longer than `maxCheckMillis`, or more memory than a worker
 * has, is refused as undecided, and the thread is ended.
 */
export function makeThreadedCheck(maxCheckMillis: number, file: string = workerFile): CheckSchema {
  let idle: Worker | undefined;
  let last: Promise<unknown> = Promise.resolve();

  function start(): Worker {
    // Stack traces of it name our sources; those of the process do so by what starts the bundle.
    const worker = new Worker(file, { resourceLimits, execArgv: ['--enable-source-maps'] });
    worker.once('exit', () => {
      if (idle === worker) idle = undefined;
    });
    // One that fails while nothing is checked only ends; without a listener it would end this process.
    worker.on('error', () => undefined);
    return worker;
  }

  function check(candidate: SchemaText): Promise<'fits' | Refusal> {
    const worker = idle ?? start();
    idle = undefined;
    return new Promise((resolve) => {
      const give = (answer: 'fits' | Refusal) => {
        clearTimeout(timer);
        worker.removeAllListeners('message');
        worker.off('error', failWith);
        resolve(answer);
      };
      const fail = (problem: string) => {
        give(refused(`undecided: the check ${problem}; make the schema smaller, or split the type`));
        void worker.terminate();
      };
      const failWith = (error: unknown) => fail(`failed (${error instanceof Error ? error.name : typeof error})`);
      const timer = setTimeout(() => fail(`took longer than ${maxCheckMillis} ms`), maxCheckMillis);
      worker.once('message', (answer: 'fits' | Refusal) => {
        give(answer);
        idle = worker;
        worker.unref();
      });
      worker.on('error', failWith);
      worker.ref();
      worker.postMessage(candidate);
    });
  }

  return (candidate) => {
    const answer = last.then(() => check(candidate));
    last = answer;
    return answer;
  };
}

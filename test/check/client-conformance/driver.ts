import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { isJsonObject, parseJson } from '../../../shared/event/json.ts';
import type { AnswerKind } from './scenarios.ts';

/** What a client says of itself when it is ready. */
export interface Introduction {
  readonly client: string;
  readonly answers: AnswerKind;
  /** Members of an event that a receiver knows it by. */
  readonly key: readonly string[];
}

/** What was said of an event. `kept`: it is told to outlive the process. */
export type Told = 'kept' | 'taken' | 'dropped' | 'rejected';

/** A client program that runs. */
export interface DrivenClient {
  readonly introduction: Introduction;
  readonly told: ReadonlyMap<string, Told>;
  track(events: readonly string[]): Promise<void>;
  flush(): void;
  /** Asks it to end, and ends it where it does not; false in that case, or where it had died before. */
  close(withinMillis: number): Promise<boolean>;
  kill(): Promise<void>;
  hasDied(): boolean;
  /** The end of what it wrote to standard error. */
  complaint(): string;
}

export interface DriveOptions {
  /** A line for the shell. */
  readonly command: string;
  readonly url: string;
  readonly storage: string;
  readonly timeoutMillis: number;
  readonly told: Map<string, Told>;
  readonly env?: NodeJS.ProcessEnv;
}

const startMillis = 60_000;
const maxComplaint = 600;

/** Starts a client program and waits until it is ready. */
export async function startDriven(options: DriveOptions): Promise<DrivenClient> {
  const { command, told } = options;
  // A group of its own: the shell, and what it started, end together.
  const child = spawn(`exec ${command}`, {
    shell: true,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ...options.env,
      EDI_CONFORMANCE_URL: options.url,
      EDI_CONFORMANCE_KEY: 'conformance-key',
      EDI_CONFORMANCE_STORAGE: options.storage,
      EDI_CONFORMANCE_TIMEOUT_MILLIS: String(options.timeoutMillis),
    },
  });
  let [complaint, introduction, hasEnded]: [string, Introduction | undefined, boolean] = ['', undefined, false];
  const ended = once(child, 'close').then(() => {
    hasEnded = true;
  });
  child.stdin.on('error', () => undefined);
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-maxComplaint);
  });
  const end = (signal: NodeJS.Signals) => {
    if (child.pid !== undefined && !hasEnded) process.kill(-child.pid, signal);
  };
  const say = (line: object) => child.stdin.write(`${JSON.stringify(line)}\n`);
  createInterface({ input: child.stdout }).on('line', (line) => {
    const said = parseJson(line);
    // What it prints beside is nothing to the kit.
    if (!isJsonObject(said)) return;
    introduction ??= readIntroduction(said);
    for (const kind of ['rejected', 'dropped'] as const) {
      if (typeof said[kind] === 'string') told.set(said[kind], kind);
    }
    if (typeof said['tracked'] !== 'string') return;
    const before = told.get(said['tracked']);
    if (before === undefined) told.set(said['tracked'], said['kept'] === true ? 'kept' : 'taken');
  });

  async function until(what: string, isSo: () => boolean): Promise<void> {
    const endMillis = performance.now() + startMillis;
    while (!isSo() && !hasEnded) {
      if (performance.now() > endMillis) {
        end('SIGKILL');
        throw new Error(`the client was not ${what} within ${startMillis / 1_000} s: ${complaint}`);
      }
      await delay(5);
    }
  }

  await until('ready', () => introduction !== undefined);
  if (introduction === undefined) throw new Error(`the client ended before it was ready: ${complaint}`);
  return {
    introduction,
    told,
    async track(events) {
      for (const event of events) say({ do: 'track', event });
      await until('done with track', () => events.every((event) => told.has(event)));
    },
    flush: () => void say({ do: 'flush' }),
    async close(withinMillis) {
      if (hasEnded) return false;
      say({ do: 'close' });
      child.stdin.end();
      await Promise.race([ended, delay(withinMillis)]);
      const hasClosed = hasEnded;
      end('SIGKILL');
      await ended;
      return hasClosed;
    },
    async kill() {
      end('SIGKILL');
      await ended;
    },
    hasDied: () => hasEnded,
    complaint: () => complaint,
  };
}

function readIntroduction({ ready, answers, key }: Record<string, unknown>): Introduction | undefined {
  if (typeof ready !== 'string') return undefined;
  const members = Array.isArray(key) ? key.filter((name) => typeof name === 'string') : [];
  return { client: ready, answers: answers === 'account' ? 'account' : 'any', key: members };
}

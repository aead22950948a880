import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../../../shared/adapters/system-clock.ts';
import { createClient } from '../../../shared/client/node/index.ts';
import { CliError } from '../cli-error.ts';
import type { Output } from '../command-io.ts';
import { makeProgressBar } from '../demo/progress-bar.ts';
import { sleep } from '../sleep.ts';
import { type TextLine, TextLines } from '../text-lines.ts';
import { lineEvent } from './line-event.ts';
import { openProgress } from './progress.ts';

export interface SendFileOptions {
  readonly file: string;
  readonly url: string;
  readonly key: string;
  readonly type?: string;
  readonly state: string;
  readonly signal: AbortSignal;
  readonly err: Output;
}

export interface SentFile {
  /** Read of the file so far, in all runs. */
  readonly lines: number;
  /** Stored by the receiver in this run. */
  readonly sent: number;
  readonly rejected: number;
  /** No events, or larger than any request. */
  readonly unreadable: number;
  /** Given up in this run: they waited since an earlier one for too long, or what was kept of them is damaged. */
  readonly dropped: number;
  /** In the queue, or not read yet: for the next run. */
  readonly left: number;
}

/** Lines that go into the queue before it is noted how far the import came. */
const stepLines = 1_000;
/** And so long. */
const stepLength = 4 * 1_048_576;
/** What is in the queue beyond waits for the receiver. It may be in memory, too, as the queue is. */
const maxQueued = { events: 5_000, length: 32 * 1_048_576 };
/** The client gives up nothing so that more fits: nobody but the file would have it then, and that is read on. */
const unbounded = { maxEvents: Number.POSITIVE_INFINITY, maxBytes: Number.POSITIVE_INFINITY };
/** Between two tries while the receiver does not answer. */
const retryMillis = 2_000;
/** Of what is refused, so much is told as it happens. */
const maxToldProblems = 20;

/** Sends a file through the client's durable queue, from where the last run ended. Rejects with `CliError`. */
export async function sendFile(options: SendFileOptions): Promise<SentFile> {
  const { file, url, key, type, signal, err } = options;
  const nowMillis = systemClock.nowMillis();
  const { folder, progress, keep } = await openProgress({ ...options, nowMillis }, `${url} ${type ?? ''}`);
  const storage = join(folder, 'queue');
  // How far the import came is on the disk as soon as it is noted: so are the lines before.
  const durability = 'power-failure';
  const client = createClient({ url, key, storage, durability, lingerMillis: 0, reportType: '', ...unbounded });
  const bar = makeProgressBar(err);
  let unreadable = 0;
  let dropped = 0;
  /** Of the lines that were read since the queue was empty. */
  let queuedLength = 0;
  let told = 0;
  let refusedStatus: number | undefined;
  client.on('state', ({ state }) => {
    refusedStatus = state.kind === 'refused' ? state.status : undefined;
  });
  client.on('rejected', ({ rejections }) => {
    for (const { id, reason, errors } of rejections) tell(`event ${id}: ${reason} ${JSON.stringify(errors)}`);
  });

  client.on('dropped', ({ losses }) => {
    for (const { type, reason, count } of losses) {
      // A line that is too large is told with its number.
      if (reason === 'size') continue;
      dropped += count;
      tell(`${count} of ${type}: given up, ${reason}`);
    }
  });

  function tell(problem: string): void {
    told++;
    if (told <= maxToldProblems) void err.write(`edi: ${problem}\n`);
    if (told === maxToldProblems) void err.write('edi: further ones are only counted\n');
  }

  /** Until no more than `most` events wait. False when it was interrupted. */
  async function drain(most: number): Promise<boolean> {
    while (!signal.aborted) {
      const { queued } = await client.flush();
      if (refusedStatus !== undefined) {
        throw new CliError(
          `${url} answered ${refusedStatus}: this key may not send; what was read is kept in ${folder}`,
        );
      }
      if (queued <= most) return true;
      await sleep(systemClock, retryMillis, signal);
    }
    return false;
  }

  async function put(lines: readonly TextLine[]): Promise<void> {
    const skip = ({ number }: TextLine, problem: string) => {
      unreadable++;
      tell(`${file}:${number}: ${problem}`);
    };
    const puts = lines.map(async (line) => {
      const read = lineEvent(line, progress, type);
      if (read.kind === 'unreadable') return skip(line, read.problem);
      if (read.kind === 'blank') return;
      queuedLength += read.text.length;
      const kept = await client.put(read.event, { text: read.text });
      if (kept.kind === 'dropped' && kept.reason === 'size') return skip(line, 'it is larger than a request may be');
      if (kept.kind !== 'kept' || kept.durability === 'memory') {
        throw new CliError(`${folder} cannot be written: ${JSON.stringify(kept)}`);
      }
    });
    await Promise.all(puts);
  }

  try {
    let { lines } = progress;
    for await (const { chunk, bytes } of chunks(file, lines)) {
      await put(chunk);
      lines += chunk.length;
      await keep(lines);
      bar.show(`${lines} lines, KiB`, kibibytes(bytes), kibibytes(progress.bytes));
      const isLong = queuedLength > maxQueued.length;
      if (!(await drain(isLong ? 0 : maxQueued.events))) break;
      if (isLong) queuedLength = 0;
    }
    const isWhole = await drain(0);
    const { sent, rejected } = client.counts();
    const left = isWhole ? 0 : Math.max(1, (await client.flush()).queued);
    await client.close();
    if (isWhole) await rm(folder, { recursive: true });
    return { lines, sent, rejected, unreadable, dropped, left };
  } finally {
    bar.clear();
    await client.close();
  }
}

function kibibytes(bytes: number): number {
  return Math.ceil(bytes / 1_024);
}

interface Chunk {
  readonly chunk: readonly TextLine[];
  /** Of the file up to here. */
  readonly bytes: number;
}

async function* chunks(file: string, skip: number): AsyncGenerator<Chunk> {
  const reader = new TextLines();
  const chunk: TextLine[] = [];
  let length = 0;
  const take = (lines: readonly TextLine[]) => {
    for (const line of lines) {
      if (line.number <= skip) continue;
      chunk.push(line);
      length += 'text' in line ? line.text.length : 0;
    }
  };
  for await (const piece of createReadStream(file)) {
    take(reader.push(piece));
    const step = length >= stepLength ? chunk.length : stepLines;
    while (chunk.length > 0 && chunk.length >= step) {
      yield { chunk: chunk.splice(0, step), bytes: reader.bytes };
      length = 0;
    }
  }
  take(reader.end());
  if (chunk.length > 0) yield { chunk, bytes: reader.bytes };
}

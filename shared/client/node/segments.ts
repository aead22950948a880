import { type FileHandle, mkdir, open, readdir, readFile, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { QueueModel, type QueueRecord } from '../core/queue-model.ts';
import { makeReserve, reserveBytes } from './reserve.ts';
import { readLine, type SegmentLine, writeLine, writeLines } from './segment-line.ts';

/**
 * What a record that was written outlives. `process-death`: the death of the process at any instruction. `power-failure`:
 * that of the machine, too, since the file is synced first (`fdatasync`, once for all that waits).
 */
export type SegmentDurability = 'process-death' | 'power-failure';

export interface SegmentsOptions {
  readonly folder: string;
  readonly durability: SegmentDurability;
  /** A segment that is larger is followed by another. Default 4 MiB. */
  readonly maxSegmentBytes?: number;
  /** Default: the file system's. */
  readonly openFile?: typeof open;
}

export interface Segments {
  /** The queue as the segments tell it. `write` does not change it. */
  readonly model: QueueModel;
  /** Appends; what it rejects with was not written. Called again only after it has settled. */
  write(records: readonly QueueRecord[]): Promise<void>;
  /** Deletes what the segments say of events that the queue does not have any more. Of a queue without consent, opening does. */
  forget(): Promise<void>;
  close(): Promise<void>;
}

const suffix = '.seg';
/** Events can be personal. */
const ownerOnly = 0o600;
/** A copy is written in pieces of about this size. */
const pieceBytes = 1_048_576;

/**
 * Opens the append-only segments of a queue. Segments are never changed: when most of what they say is history, a new one
 * begins with a copy of the queue, and the older ones are deleted. What a death cut off is cut off the last segment; a line
 * in the middle that cannot be read is skipped, and counted as a loss. A disk is full while there is room for what empties the
 * queue, and once it is empty its history goes.
 */
export async function openSegments(options: SegmentsOptions): Promise<Segments> {
  const { folder, durability, maxSegmentBytes = 4 * 1_048_576, openFile = open } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { model, numbers, lastBytes, totalBytes, damaged } = await recover(folder);
  let number = numbers.at(-1) ?? 1;
  let bytes = lastBytes;
  let allBytes = totalBytes;
  let isTorn = false;
  let roomBytes = maxSegmentBytes;
  const pathOf = (at: number) => segmentPath(folder, at);
  const reserve = await makeReserve(join(folder, 'reserve'), openFile);
  let file = await openFile(pathOf(number), 'a', ownerOnly);
  if (damaged > 0) {
    model.apply({ do: 'lose', losses: [{ type: 'unknown', reason: 'damaged', count: damaged }] });
    await forget();
  }
  // A process may have died after it was withdrawn. Nothing is kept meanwhile, so that a full disk is no reason to keep nothing.
  if (!model.consent) await forget().catch(() => undefined);

  async function append(to: FileHandle, text: string): Promise<void> {
    const content = Buffer.from(text);
    await to.appendFile(content);
    bytes += content.length;
    allBytes += content.length;
  }

  async function write(records: readonly QueueRecord[]): Promise<void> {
    if (!records.some((record) => record.do === 'keep')) return await emptying(() => writeNow(records));
    await holdReserve();
    await writeNow(records);
  }

  async function forget(): Promise<void> {
    await emptying(copyQueue);
  }

  /** What empties the queue may take the reserve, where it has no other room. */
  async function emptying(task: () => Promise<void>): Promise<void> {
    try {
      await task();
    } catch (error) {
      if (!(await reserve.give())) throw error;
      await task();
    }
  }

  async function holdReserve(): Promise<void> {
    try {
      await reserve.hold();
    } catch (error) {
      // What is left of the queue may have room where the reserve was, and its history is what fills the disk.
      if (model.bytes > reserveBytes / 2 || allBytes < reserveBytes) throw error;
      await copyQueue();
      await reserve.hold();
    }
  }

  async function writeNow(records: readonly QueueRecord[]): Promise<void> {
    if (bytes > roomBytes) await nextSegment();
    if (isTorn) await mend();
    try {
      const before = bytes;
      await append(file, writeLines(records));
      if (durability === 'power-failure') await sync(before);
    } catch (error) {
      // Half a record may be there; the next must not stand behind it.
      isTorn = true;
      throw error;
    }
  }

  /** What could not be synced is taken back: nobody knows whether it is on the disk. */
  async function sync(before: number): Promise<void> {
    try {
      await file.datasync();
    } catch (error) {
      allBytes -= bytes - before;
      bytes = before;
      throw error;
    }
  }

  async function mend(): Promise<void> {
    await truncate(pathOf(number), bytes);
    isTorn = false;
  }

  async function nextSegment(): Promise<void> {
    if (allBytes > 2 * model.bytes + maxSegmentBytes) {
      // On a full disk there is no room for a copy; what frees the queue may still be written.
      roomBytes = bytes + maxSegmentBytes;
      return copyQueue().catch(() => undefined);
    }
    await file.close();
    number++;
    file = await openFile(pathOf(number), 'a', ownerOnly);
    bytes = 0;
  }

  /** The queue as it is now begins a new segment. Until it is whole and on the disk, the older ones count. */
  async function copyQueue(): Promise<void> {
    const [oldFile, oldBytes, oldAllBytes] = [file, bytes, allBytes];
    const copy = await openFile(pathOf(number + 1), 'w', ownerOnly);
    bytes = 0;
    allBytes = 0;
    try {
      let piece = '';
      for (const line of copyLines(model)) {
        piece += writeLine(line);
        if (piece.length < pieceBytes) continue;
        await append(copy, piece);
        piece = '';
      }
      await append(copy, piece);
      await copy.datasync();
      await copy.close();
      file = await openFile(pathOf(number + 1), 'a', ownerOnly);
    } catch (error) {
      [bytes, allBytes] = [oldBytes, oldAllBytes];
      await copy.close().catch(() => undefined);
      await rm(pathOf(number + 1), { force: true });
      throw error;
    }
    await oldFile.close();
    number++;
    roomBytes = maxSegmentBytes;
    for (const old of await segmentNumbers(folder)) if (old < number) await rm(pathOf(old), { force: true });
  }

  return { model, write, forget, close: () => file.close() };
}

function* copyLines(model: QueueModel): Generator<SegmentLine> {
  yield { do: 'copy-begins' };
  yield { do: 'consent', given: model.consent };
  if (model.source !== '') yield { do: 'source', source: model.source };
  const { nextEvent, nextBatch, sequences, note } = model;
  yield { do: 'state', nextEvent, nextBatch, sequences: Object.fromEntries(sequences) };
  if (note !== undefined) yield { do: 'note', text: note };
  yield { do: 'lose', losses: model.losses() };
  for (const event of model.events.values()) yield { do: 'keep', event };
  for (const [id, events] of model.batches) yield { do: 'seal', id, events };
  yield { do: 'copy-ends' };
}

function segmentPath(folder: string, number: number): string {
  return join(folder, `${String(number).padStart(8, '0')}${suffix}`);
}

async function segmentNumbers(folder: string): Promise<number[]> {
  const names = await readdir(folder);
  const found = names.filter((name) => name.endsWith(suffix)).map((name) => Number.parseInt(name, 10));
  return found.filter((number) => number > 0).sort((a, b) => a - b);
}

interface Recovered {
  readonly model: QueueModel;
  readonly numbers: readonly number[];
  readonly lastBytes: number;
  readonly totalBytes: number;
  readonly damaged: number;
}

async function recover(folder: string): Promise<Recovered> {
  let numbers = await segmentNumbers(folder);
  const contents = new Map<number, Content>();
  for (const number of numbers.toReversed()) {
    const path = segmentPath(folder, number);
    const isLast = number === numbers.at(-1);
    const content = readContent(await readFile(path));
    const [first] = content.lines;
    const isCopy = first?.do === 'copy-begins';
    if (isCopy && !content.lines.some((line) => line.do === 'copy-ends') && isLast && numbers.length > 1) {
      // Its process died before the copy was whole; what it was made of is still there.
      await rm(path);
      numbers = numbers.slice(0, -1);
      continue;
    }
    if (isLast) await truncate(path, content.goodBytes);
    contents.set(number, content);
    if (isCopy) break;
  }
  const model = new QueueModel();
  let damaged = 0;
  let totalBytes = 0;
  for (const number of numbers) {
    const content = contents.get(number);
    if (content === undefined) continue;
    damaged += content.damaged;
    totalBytes += content.goodBytes;
    for (const line of content.lines) if (isRecord(line)) model.apply(line);
  }
  const lastBytes = contents.get(numbers.at(-1) ?? 0)?.goodBytes ?? 0;
  return { model, numbers, lastBytes, totalBytes, damaged };
}

function isRecord(line: SegmentLine): line is QueueRecord {
  return line.do !== 'copy-begins' && line.do !== 'copy-ends';
}

interface Content {
  readonly lines: readonly SegmentLine[];
  /** Up to the end of the last whole operation. */
  readonly goodBytes: number;
  /** Lines before that which cannot be read. */
  readonly damaged: number;
}

function readContent(content: Buffer): Content {
  const lines: SegmentLine[] = [];
  let goodBytes = 0;
  let damaged = 0;
  let pending: SegmentLine[] = [];
  let bad = 0;
  for (let at = 0; at < content.length; ) {
    const end = content.indexOf(10, at);
    if (end < 0) break;
    const read = readLine(content.toString('utf8', at, end));
    at = end + 1;
    if (read === undefined) {
      bad++;
      continue;
    }
    pending.push(read.line);
    if (read.isMore) continue;
    lines.push(...pending);
    damaged += bad;
    pending = [];
    bad = 0;
    goodBytes = at;
  }
  return { lines, goodBytes, damaged };
}

import { crc32 } from 'node:zlib';
import type { StoredEvent } from '../core/ports.ts';
import type { QueueRecord } from '../core/queue-model.ts';

/** A line of a segment: a record of the queue, or where a copy of the whole queue begins and ends. */
export type SegmentLine = QueueRecord | { readonly do: 'copy-begins' | 'copy-ends' };

/** A line as it is read back. */
export interface ReadLine {
  readonly line: SegmentLine;
  /** More of its operation follows: it counts when the last line of that is there. */
  readonly isMore: boolean;
}

/**
 * `<CRC-32 of the rest, hex><blank, or + where more of the operation follows><JSON>[<tab><text of the event>]` and a line
 * feed. JSON holds neither tab nor line feed of its own, so the text of an event needs no second encoding.
 */
export function writeLine(record: SegmentLine, isMore = false): string {
  const content = (isMore ? '+' : ' ') + (record.do === 'keep' ? keepText(record) : JSON.stringify(record));
  return `${crc32(content).toString(16).padStart(8, '0')}${content}\n`;
}

/** The lines of one operation: all of them count, or none. */
export function writeLines(records: readonly SegmentLine[]): string {
  return records.map((record, at) => writeLine(record, at < records.length - 1)).join('');
}

/** Undefined when the line, without its line feed, is not whole. */
export function readLine(text: string): ReadLine | undefined {
  const content = text.slice(8);
  if (!/^[0-9a-f]{8}[ +]/.test(text) || crc32(content) !== Number.parseInt(text.slice(0, 8), 16)) return undefined;
  const isMore = content.startsWith('+');
  const tab = content.indexOf('\t');
  const line: SegmentLine = JSON.parse(tab < 0 ? content.slice(1) : content.slice(1, tab));
  if (line.do !== 'keep') return { line, isMore };
  const eventText = content.slice(tab + 1);
  const event = { ...line.event, text: eventText, bytes: Buffer.byteLength(eventText) };
  return { line: { ...line, event }, isMore };
}

function keepText({ event, sequence }: { readonly event: StoredEvent; readonly sequence?: number }): string {
  const { text, bytes: _, ...rest } = event;
  return `${JSON.stringify({ do: 'keep', event: rest, sequence })}\t${text}`;
}

import { createHash } from 'node:crypto';
import type { FinishedEvent } from '../../../shared/client/core/client.ts';
import { isJsonObject, parseJson } from '../../../shared/event/json.ts';
import { writeUuid } from '../../../shared/event/uuid.ts';
import type { TextLine } from '../text-lines.ts';
import type { Progress } from './progress.ts';

export type LineEvent =
  | { readonly kind: 'event'; readonly event: FinishedEvent; readonly text: string }
  | { readonly kind: 'blank' }
  | { readonly kind: 'unreadable'; readonly problem: string };

/**
 * The event of a line: the line itself, or, with a type, one around its data. The latter is the same whenever the line is
 * read again: its id is made of the import and the number of the line, its time is that at which the import began.
 */
export function lineEvent(line: TextLine, progress: Progress, type: string | undefined): LineEvent {
  if ('problem' in line) return { kind: 'unreadable', problem: line.problem };
  const { text } = line;
  if (text.trim() === '') return { kind: 'blank' };
  const value = parseJson(text);
  if (value === undefined) return { kind: 'unreadable', problem: 'it is no JSON' };
  if (!isJsonObject(value)) return { kind: 'unreadable', problem: 'it is no JSON object' };
  if (type !== undefined) {
    const { source, startedMillis } = progress;
    const time = new Date(startedMillis).toISOString();
    const number = line.number - 1;
    const event = { specversion: '1.0', id: lineId(source, number), source, type, time, sequence: number, data: value };
    return { kind: 'event', event, text: JSON.stringify(event) };
  }
  const { id, source, type: ownType, subject } = value;
  if (typeof id !== 'string' || typeof source !== 'string' || typeof ownType !== 'string') {
    return {
      kind: 'unreadable',
      problem: 'an event has the texts "id", "source" and "type"; lines of data need --type',
    };
  }
  if (subject !== undefined && typeof subject !== 'string') {
    return { kind: 'unreadable', problem: `"subject" is a text, not ${subject === null ? 'null' : typeof subject}` };
  }
  const event = { id, source, type: ownType, ...(subject === undefined ? {} : { subject }) };
  return { kind: 'event', event, text: text.trim() };
}

/** A UUIDv8 (RFC 9562 section 5.8) of a hash. */
function lineId(source: string, number: number): string {
  return writeUuid(createHash('sha256').update(`${source} ${number}`).digest().subarray(0, 16), 8);
}

import type { Place } from './lines.ts';
import type { MappedRecord, WrittenEvents } from './records.ts';

/** Events that are written together: their bytes are there when the last of them is. */
export class EventRegion implements WrittenEvents {
  bytes: Buffer = Buffer.alloc(0);
  /** Of all of them, where one byte is one character. */
  private texts: string | undefined;

  text(start: number, end: number, isWide: boolean): string {
    if (isWide) return this.bytes.toString('utf8', start, end);
    this.texts ??= this.bytes.toString('latin1');
    return this.texts.slice(start, end);
  }
}

export interface EventPart {
  readonly written: EventRegion;
  readonly start: number;
  readonly end: number;
  /** It is not all ASCII. */
  readonly isWide: boolean;
}

/** Few who ask for the bytes of an event need its text, which takes longer than to write it. */
export class EventRecord implements MappedRecord {
  /** Optimized code goes with the last object of a class: this one stays. */
  static readonly one = new EventRecord('', '', { line: 0, offset: 0, lengthBytes: 0 }, regionOf(''));
  readonly kind = 'event';
  readonly type: string;
  readonly line: string;
  readonly place: Place;
  readonly written: EventRegion;
  readonly start: number;
  readonly end: number;
  private readonly isWide: boolean;

  constructor(type: string, line: string, place: Place, { written, start, end, isWide }: EventPart) {
    this.type = type;
    this.line = line;
    this.place = place;
    this.written = written;
    this.start = start;
    this.end = end;
    this.isWide = isWide;
  }

  get text(): string {
    return this.written.text(this.start, this.end, this.isWide);
  }
}

/** What was made as a text. */
export function regionOf(text: string): EventPart {
  const written = new EventRegion();
  written.bytes = Buffer.from(text);
  const end = written.bytes.length;
  return { written, start: 0, end, isWide: end !== text.length };
}

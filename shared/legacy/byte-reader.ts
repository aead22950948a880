import { ByteRow, type CellTexts, cellTexts, odd } from './byte-row.ts';
import type { Directives } from './directives.ts';
import { EventRecord, EventRegion } from './event-record.ts';
import type { CellRules, FileFormat } from './file-format.ts';
import type { RecordId } from './identity.ts';
import type { Place } from './lines.ts';
import type { RecordPlan } from './mapping.ts';
import type { Row } from './row.ts';

/** What holds for the lines of a file, until it says otherwise. */
export interface LineRules {
  readonly rules: CellRules;
  readonly directives: Row['directives'];
  /** First bytes of lines that may be no records. */
  readonly asides: readonly number[];
  /** Of columns, where a line that begins with one may be a header. */
  readonly names: CellTexts | undefined;
}

/** Of a byte order mark the first. */
const bomByte = 0xef;
const hashByte = 0x23;
const comma = 0x2c;

export function lineRules(
  { columns, comment }: FileFormat,
  rules: CellRules,
  { names, values }: Directives,
): LineRules {
  const asides = [bomByte, ...Buffer.from(comment ?? '').subarray(0, 1)];
  if (columns.from === 'directives') asides.push(hashByte);
  const isHeaded = columns.from === 'header';
  return { rules, directives: values, asides, names: isHeaded ? cellTexts(names ?? []) : undefined };
}

/** One for all readers: nothing of it is needed once a reader has told its records. */
let shared: ByteRow | undefined;

/**
 * Reads lines from their bytes, where the cells of a line before were as many, and where nothing is rare about it. The others
 * are read as text, which says the same of every line (`bytes.property.test.ts`), in three times the time.
 */
export class ByteReader {
  private readonly row: ByteRow;
  private plans: (RecordPlan | undefined)[] = [];
  /** Where the next event is written. */
  private at = 0;
  private region = new EventRegion();

  constructor() {
    shared ??= new ByteRow();
    this.row = shared;
  }

  /** Lines of these bytes come next; false where they are read as text. */
  load(bytes: Uint8Array): boolean {
    return this.row.load(bytes);
  }

  /** The layout is another one now. */
  forget(): void {
    this.plans = [];
  }

  /** A line of so many cells was read as text, by this plan. */
  learn(cells: number, plan: RecordPlan): void {
    if (this.plans[cells] !== undefined) return;
    const { byteRules } = plan;
    if (byteRules.every(({ event }) => event === undefined || this.row.leaveRoom(event.room.bytes))) {
      this.plans[cells] = plan;
    }
  }

  /** Tells the cells of a line apart; undefined where it is to be read as text. */
  begin(at: number, lengthBytes: number, { rules, asides, names }: LineRules): RecordPlan | undefined {
    const { row } = this;
    if (rules.bytes === undefined || lengthBytes === 0) return undefined;
    if (!row.readLine(at, at + lengthBytes, rules.bytes) || asides.includes(row.firstByte())) return undefined;
    return names !== undefined && mayBeHeader(row, names) ? undefined : this.plans[row.cells];
  }

  /**
   * What becomes of the line that was begun: its record, whose bytes are there after `finish`; `skipped`; or undefined where
   * its text has to be read.
   */
  write(
    { byteRules }: RecordPlan,
    { line, place }: { readonly line: string; readonly place: Place },
    id: RecordId,
    { rules: { escapes }, directives }: LineRules,
  ): EventRecord | 'skipped' | undefined {
    const { row } = this;
    row.beginText(line, escapes.split, directives);
    if (row.isFull(this.at)) this.finish();
    const { at: start, region: written } = this;
    for (let index = 0; index < byteRules.length; index++) {
      const rule = byteRules[index];
      const fits = rule?.fits(row) ?? -1;
      if (fits === 0) continue;
      if (rule === undefined || fits === -1) return undefined;
      if (rule.event === undefined) return 'skipped';
      const { type, room, write } = rule.event;
      row.leaveRoom(room.bytes);
      const end = write(row, start, id.hashed, id.occurrence);
      if (end === -1) return undefined;
      row.out[end] = comma;
      this.at = end + 1;
      return new EventRecord(type, line, place, { written, start, end, isWide: room.isWide || row.isWide });
    }
    return undefined;
  }

  /** Gives the records that were written their bytes. */
  finish(): void {
    if (this.at === 0) return;
    this.region.bytes = Buffer.from(this.row.out.subarray(0, this.at));
    this.region = new EventRegion();
    this.at = 0;
  }
}

/** By its first cell; what has to be decoded may be any name. */
function mayBeHeader(row: ByteRow, names: CellTexts): boolean {
  return ((row.flags[0] ?? 0) & odd) !== 0 || row.isOneOf(0, names);
}

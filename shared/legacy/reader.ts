import type { LegacyReason } from '../outcome/outcome.ts';
import { ByteReader, type LineRules, lineRules } from './byte-reader.ts';
import { type Directives, noDirectives, readDirective } from './directives.ts';
import { EventRecord, regionOf } from './event-record.ts';
import { type CellRules, cellRules, type Version } from './file-format.ts';
import { Occurrences, type RecordId, recordHash } from './identity.ts';
import { LineSplitter, type Place } from './lines.ts';
import type { LegacyMapping, RecordPlan } from './mapping.ts';
import type { BadRecord, Checkpoint, MappedRecord, ReaderState, RecordCounts, Unusable } from './records.ts';
import { isClean, textOf } from './text-records.ts';
import type { Layout } from './values.ts';

export interface ReaderOptions {
  /** A longer record is told by its hash. */
  readonly maxRecordBytes: number;
  readonly from?: Checkpoint;
  /** For tests: how many records apart equal ones are still told apart, at least. */
  readonly generationRecords?: number;
}

const startState: ReaderState = { offset: 0, line: 1 };
const bom = '\ufeff';

const nothingSpecial: Pick<RecordPlan, 'exceptIndexes' | 'directives'> = { exceptIndexes: [], directives: [] };

/**
 * Reads records of a file as a mapping says, whatever pieces its bytes come in: the same records, ids and places for every
 * way to cut it. Holds a line at most, and what tells equal records apart (`Occurrences`).
 */
export class LegacyReader {
  /** Stays until another one is closed: optimized code goes with the last object of a class, and file follows file. */
  static lastClosed: LegacyReader | undefined;
  unusable: Unusable | undefined;
  private told: (MappedRecord | BadRecord)[] = [];
  private readonly counted = { records: 0, mapped: 0, skipped: 0, bad: 0 };
  private readonly mapping: LegacyMapping;
  private readonly lines: LineSplitter;
  private readonly toldTo: number;
  private readonly occurrences: Occurrences;
  /** Where the generations that count began: the one before, and this one. */
  private generations: readonly [before: ReaderState, current: ReaderState];
  private directives: Directives;
  private rules: CellRules;
  private plans = new Map<readonly string[], RecordPlan>();
  private plan: RecordPlan | undefined;
  private row: { cells: readonly string[]; clean: boolean; directives: ReadonlyMap<string, string> };
  private readonly bytes = new ByteReader();
  private lineRules: LineRules;

  /** Their number of cells does not say which columns records have. */
  private readonly hasVersionsByWhen: boolean;

  constructor(mapping: LegacyMapping, { maxRecordBytes, from, generationRecords }: ReaderOptions) {
    const start = from?.countFrom ?? startState;
    this.mapping = mapping;
    const { columns } = mapping.format;
    this.hasVersionsByWhen = columns.from === 'positions' && columns.versions.some(({ when }) => when !== undefined);
    this.toldTo = from?.toldTo ?? 0;
    this.occurrences = new Occurrences(generationRecords);
    this.generations = [start, start];
    const { names, types } = start;
    this.directives = { values: new Map(Object.entries(start.directives ?? {})), names, types };
    this.rules = cellRules(mapping.format, this.directives.values);
    this.row = { cells: [], clean: false, directives: this.directives.values };
    this.lineRules = this.beginLayout();
    this.lines = new LineSplitter(
      {
        region: (bytes) => this.bytes.load(bytes),
        text: (line, place, at) => this.line(line, place, at),
        bad: (reason, bytes, place) => this.badBytes(reason, bytes, place),
        tooLong: (sha256, place) => this.bad(place, 'legacy-too-long', { sha256 }),
      },
      { maxLineBytes: maxRecordBytes, offset: start.offset, line: start.line },
    );
  }

  get counts(): RecordCounts {
    return { ...this.counted };
  }

  /** Where another reader can go on after what was told so far. */
  get checkpoint(): Checkpoint {
    return { countFrom: this.generations[0], toldTo: this.lines.next.offset };
  }

  /** The records that these bytes complete. */
  push(bytes: Uint8Array): readonly (MappedRecord | BadRecord)[] {
    if (this.unusable === undefined) this.lines.push(bytes);
    return this.take();
  }

  /** The last record, which may have no line end. Not called where the file broke off: half a record is none. */
  end(): readonly (MappedRecord | BadRecord)[] {
    if (this.unusable === undefined) this.lines.end();
    return this.take();
  }

  /** Nothing is pushed any more: what tells equal records apart is given back. */
  close(): void {
    this.occurrences.forget();
    LegacyReader.lastClosed = this;
  }

  private take(): readonly (MappedRecord | BadRecord)[] {
    this.bytes.finish();
    const { told } = this;
    this.told = [];
    return told;
  }

  private line(written: string, place: Place, at: number | undefined): void {
    if (this.unusable !== undefined) return;
    const begun = at === undefined ? undefined : this.beginBytes(at, place);
    if (begun !== undefined) {
      this.bytesLine(begun, written, place);
      return;
    }
    const line = written.startsWith(bom) ? written.slice(1) : written;
    if (line === '' || this.isAside(line, place)) return;
    const cells = this.rules.escapes.split(line);
    if (this.isHeader(cells, place)) return;
    const plan = this.planOf(cells, place);
    if (this.unusable !== undefined) return;
    const id = this.count(line, place, plan, cells);
    if (place.offset < this.toldTo) return;
    if (cells === undefined || plan === undefined) this.bad(place, 'legacy-columns', bytesOf(line));
    else {
      this.record(plan, { line, place, id }, cells);
      if (!this.hasVersionsByWhen) this.bytes.learn(cells.length, plan);
    }
  }

  private beginBytes(at: number, { line, lengthBytes }: Place): RecordPlan | undefined {
    const { columns } = this.mapping.format;
    if (columns.from === 'positions' && line <= columns.headerLines) return undefined;
    return this.bytes.begin(at, lengthBytes, this.lineRules);
  }

  private bytesLine(plan: RecordPlan, line: string, place: Place): void {
    const id = this.count(
      line,
      place,
      plan,
      plan.exceptIndexes.length === 0 ? undefined : this.rules.escapes.split(line),
    );
    if (place.offset < this.toldTo) return;
    const record = this.bytes.write(plan, { line, place }, id, this.lineRules);
    if (record === undefined) {
      this.record(plan, { line, place, id }, this.rules.escapes.split(line) ?? []);
      return;
    }
    this.tell(record);
  }

  private record(
    plan: RecordPlan,
    { line, place, id }: { readonly line: string; readonly place: Place; readonly id: RecordId },
    cells: readonly string[],
  ): void {
    this.row.cells = cells;
    this.row.clean = isClean(line, this.rules);
    const made = textOf(plan, this.row, id);
    if (made !== 'skipped' && 'reason' in made) this.bad(place, made.reason, bytesOf(line), made.column);
    else this.tell(made === 'skipped' ? made : new EventRecord(made.type, line, place, regionOf(made.text)));
  }

  private tell(record: MappedRecord | 'skipped'): void {
    this.counted.records++;
    if (record === 'skipped') this.counted.skipped++;
    else {
      this.counted.mapped++;
      this.told.push(record);
    }
  }

  private badBytes(reason: 'legacy-utf8' | 'legacy-nul', bytes: Uint8Array, place: Place): void {
    if (this.unusable !== undefined) return;
    const [first, second] = bytes;
    const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
    if (place.offset === 0 && isUtf16) this.unusable = { kind: 'unusable', reason: 'encoding', line: 1 };
    else this.bad(place, reason, { bytes });
  }

  private bad(place: Place, reason: LegacyReason, content: BadRecord['content'], column?: string): void {
    if (this.unusable !== undefined || place.offset < this.toldTo) return;
    this.counted.records++;
    this.counted.bad++;
    this.told.push({ kind: 'bad', place, reason, content, ...(column === undefined ? {} : { column }) });
  }

  /** A directive, a comment, or a line before the first record. */
  private isAside(line: string, { line: number }: Place): boolean {
    const { columns, comment } = this.mapping.format;
    if (comment !== undefined && line.startsWith(comment)) return true;
    if (columns.from === 'positions') return number <= columns.headerLines;
    if (columns.from !== 'directives' || !line.startsWith('#')) return false;
    this.directives = readDirective(line, this.directives, this.rules);
    this.rules = cellRules(this.mapping.format, this.directives.values);
    this.row.directives = this.directives.values;
    this.plan = undefined;
    this.plans.clear();
    this.lineRules = this.beginLayout();
    return true;
  }

  private beginLayout(): LineRules {
    this.bytes.forget();
    return lineRules(this.mapping.format, this.rules, this.directives);
  }

  /** The first line of a file with a header, and any line later that holds exactly its names: files that were joined. */
  private isHeader(cells: readonly string[] | undefined, place: Place): boolean {
    if (this.mapping.format.columns.from !== 'header') return false;
    const { names } = this.directives;
    const { decode } = this.rules.escapes;
    const [first] = cells ?? [];
    if (names !== undefined && (first === undefined || !names.includes(decode(first)))) return false;
    const own = (cells ?? []).map(decode);
    if (names !== undefined && [...own].sort().join('\n') !== [...names].sort().join('\n')) return false;
    this.directives = { ...noDirectives, names: own };
    this.plan = undefined;
    this.makePlan({ names: own }, place);
    this.lineRules = this.beginLayout();
    return true;
  }

  /** Undefined where the record has another number of columns than any version. */
  private planOf(cells: readonly string[] | undefined, place: Place): RecordPlan | undefined {
    const { columns, mayMiss, mayExceed } = this.mapping.format;
    if (cells === undefined) return undefined;
    const isOf = (names: readonly string[]) =>
      cells.length === names.length || (cells.length < names.length ? mayMiss : mayExceed);
    if (columns.from === 'positions') {
      const says = ({ when }: Version) =>
        when === undefined || when.is.has(this.rules.escapes.decode(cells[when.index] ?? ''));
      const exact = columns.versions.find((one) => one.columns.length === cells.length && says(one));
      const version = exact ?? columns.versions.find((one) => isOf(one.columns) && says(one));
      return version === undefined ? undefined : this.makePlan({ names: version.columns }, place);
    }
    const { names, types } = this.directives;
    if (names === undefined) {
      this.unusable = { kind: 'unusable', reason: 'no-fields', line: place.line };
      return undefined;
    }
    this.plan ??= this.makePlan({ names, ...(types === undefined ? {} : { types }) }, place);
    return isOf(names) ? this.plan : undefined;
  }

  private makePlan(layout: Layout, { line }: Place): RecordPlan {
    const known = this.plans.get(layout.names);
    if (known !== undefined) return known;
    const plan = this.mapping.plan(layout, this.rules);
    const { columns, mayMiss } = this.mapping.format;
    if (plan.missing.length > 0 && !mayMiss && columns.from !== 'positions') {
      this.unusable = { kind: 'unusable', reason: 'columns', columns: plan.missing, line };
    }
    this.plans.set(layout.names, plan);
    return plan;
  }

  /** What is hashed: the line, or the cells that make the identity, after what directives say that events show. */
  private identityText(line: string, cells: readonly string[] | undefined, plan: RecordPlan | undefined): string {
    const { exceptIndexes, directives } = plan ?? nothingSpecial;
    const told = directives.map((name) => `${this.row.directives.get(name) ?? ''}\n`).join('');
    if (exceptIndexes.length === 0 || cells === undefined) return told === '' ? line : told + line;
    return told + cells.filter((_, at) => !exceptIndexes.includes(at)).join(this.rules.separator);
  }

  /** Counted also where it is bad or told already: the numbers of equal records follow from the file alone. */
  private count(
    line: string,
    place: Place,
    plan: RecordPlan | undefined,
    cells: readonly string[] | undefined,
  ): RecordId {
    const hashed = recordHash(this.identityText(line, cells, plan));
    if (this.occurrences.isFull) {
      this.occurrences.beginGeneration();
      this.generations = [this.generations[1], this.stateAt(place)];
    }
    return { hashed, occurrence: this.occurrences.next(hashed) };
  }

  private stateAt({ offset, line }: Place): ReaderState {
    const { names, types, values } = this.directives;
    return {
      offset,
      line,
      ...(names === undefined ? {} : { names }),
      ...(types === undefined ? {} : { types }),
      ...(values.size === 0 ? {} : { directives: Object.fromEntries(values) }),
    };
  }
}

function bytesOf(line: string): { readonly bytes: Uint8Array } {
  return { bytes: Buffer.from(line) };
}

import type { Pointer } from '../event/json-pointer.ts';
import { ByteJson } from './byte-json.ts';
import { copyInteger, copyNumber, digitsEnd, readDigits, scaled } from './byte-numbers.ts';
import { type ByteRow, type CellTexts, odd, quote } from './byte-row.ts';
import { ByteInstants } from './byte-times.ts';
import type { Converter } from './convert.ts';
import { isFault } from './fault.ts';
import type { Quick } from './quick.ts';
import { RememberedCells } from './remembered-cells.ts';

/** JSON of a cell that is not null, from where on it is written to where it ends; -1 where only its text says what it is. */
type CellWriter = (row: ByteRow, at: number, index: number) => number;

export function makeCellWriter(converter: Converter): CellWriter {
  const { quick, empties } = converter;
  const write = ofKind(quick, converter);
  if (empties.texts.length === 0) return write;
  return (row, at, index) => (row.isOneOf(index, empties) ? -1 : write(row, at, index));
}

function ofKind(quick: Quick, converter: Converter): CellWriter {
  switch (quick.kind) {
    case 'text':
      return copyText;
    case 'digits':
      return quick.mayHaveFraction ? copyNumber : copyInteger;
    case 'scaled':
      return scaled(quick);
    case 'calendar':
      return calendar(quick);
    case 'unix':
      return unix(quick.places);
    case 'list':
      return isListOfBytes(quick) ? list(quick.separator.charCodeAt(0)) : remembering(converter);
    case 'pointer':
      return pointer(quick.pointer);
    case 'remembered':
      return remembering(converter);
  }
}

const quoteByte = 0x22;
const point = 0x2e;
const comma = 0x2c;

function copyText(row: ByteRow, at: number, index: number): number {
  if (((row.flags[index] ?? 0) & (odd | quote)) !== 0) return -1;
  return row.copyQuoted(at, row.starts[index] ?? 0, row.ends[index] ?? 0);
}

/** As `parseFixed` has it. */
function calendar({ between, zone }: Extract<Quick, { kind: 'calendar' }>): CellWriter {
  const instants = new ByteInstants();
  return (row, at, index) => {
    const { source } = row;
    const [start, end] = [row.starts[index] ?? 0, row.ends[index] ?? 0];
    const length = end - start;
    if (length !== 19 && length !== 23 && length !== 26) return -1;
    if (source[start + 10] !== between || (length > 19 && source[start + 19] !== point)) return -1;
    if (length > 19 && digitsEnd(source, start + 20, end) !== end) return -1;
    const localSeconds = instants.readDay(source, start) * 86_400 + instants.readClock(source, start + 11);
    const offset = Number.isNaN(localSeconds) ? undefined : zone(localSeconds);
    if (offset === undefined) return -1;
    const fraction = length === 19 ? 0 : readDigits(source, start + 20, end);
    return instants.put(row, at, localSeconds - offset, length === 23 ? fraction * 1_000 : fraction);
  };
}

/** As `parseShortUnix` has it. */
function unix(places: number): CellWriter {
  const instants = new ByteInstants();
  const unit = 10 ** places;
  return (row, at, index) => {
    const { source } = row;
    const [start, end] = [row.starts[index] ?? 0, row.ends[index] ?? 0];
    const whole = digitsEnd(source, start, end);
    if (whole === start || whole - start > 15) return -1;
    const value = readDigits(source, start, whole);
    if (whole === end) {
      const epochSeconds = Math.floor(value / unit);
      const micros = Math.floor(((value - epochSeconds * unit) * 1_000_000) / unit);
      return instants.put(row, at, epochSeconds, micros);
    }
    if (places !== 0 || source[whole] !== point || end - whole !== 7) return -1;
    if (digitsEnd(source, whole + 1, end) !== end) return -1;
    return instants.put(row, at, value, readDigits(source, whole + 1, end));
  };
}

/** Quotes are part of JSON. */
function pointer({ segments }: Pointer): CellWriter {
  // What is not well-formed is no name in a file, and its bytes are those of another text.
  if (!segments.every((segment) => segment.isWellFormed())) return () => -1;
  const json = new ByteJson(segments);
  return (row, at, index) => {
    if (((row.flags[index] ?? 0) & odd) !== 0) return -1;
    const found = json.find(row.source, row.starts[index] ?? 0, row.ends[index] ?? 0);
    return found === 'nothing' ? at : found === 'found' ? row.copy(at, json.start, json.end) : -1;
  };
}

/** No element that needs no decoding means something of its own. */
function isListOfBytes({ separator, nulls, empties }: Extract<Quick, { kind: 'list' }>): boolean {
  return separator.length === 1 && separator <= '\u007f' && !mayBePlain(nulls) && !mayBePlain(empties);
}

/** Elements are what is written between separators. */
function list(separator: number): CellWriter {
  return (row, start, index) => {
    const [first, end] = [row.starts[index] ?? 0, row.ends[index] ?? 0];
    if (((row.flags[index] ?? 0) & (odd | quote)) !== 0 || first === end) return -1;
    const { source, out } = row;
    // Each byte becomes four at most.
    if (start + (end - first) * 4 + 4 > row.limit) return -1;
    let at = start;
    out[at++] = 0x5b;
    out[at++] = quoteByte;
    for (let next = first; next < end; next++) {
      const byte = source[next] ?? 0;
      if (byte !== separator) {
        out[at++] = byte;
        continue;
      }
      out[at++] = quoteByte;
      out[at++] = comma;
      out[at++] = quoteByte;
    }
    out[at++] = quoteByte;
    out[at++] = 0x5d;
    return at;
  };
}

/** One of them is a cell without anything to decode. */
function mayBePlain({ texts }: CellTexts): boolean {
  return texts.some((text) => !text.includes(0x5c) && !text.includes(quoteByte));
}

function remembering({ convertCell }: Converter): CellWriter {
  const cells = new RememberedCells();
  return (row, at, index) => {
    const slot = cells.find(row, index);
    if (slot === -1) return -1;
    const known = cells.put(row, at, slot);
    if (known !== -1) return known;
    const text = convertCell(row.cellText(index), false);
    if (isFault(text)) return -1;
    cells.remember(slot, text ?? '');
    return row.putText(at, text ?? '');
  };
}

import { makeCellWriter } from './byte-cells.ts';
import { joinParts, type ObjectPart } from './byte-parts.ts';
import { type ByteRow, type CellTexts, type Fragment, fragment, odd, quote, roomOf } from './byte-row.ts';
import { jsonText, type Written } from './fault.ts';
import type { Writer } from './row.ts';
import type { Shape, Value } from './shape.ts';

/**
 * Writes JSON of a value of the row behind what was written before; answers where it ends. That is `at` where there is no
 * value, and -1 where only the text of the record says what it is: a value of a kind that is rare, or that is wrong.
 */
export type ByteWriter = (row: ByteRow, at: number) => number;

/** What is known of the fragments of an event. */
export interface Room {
  /** That they take at most. */
  bytes: number;
  /** One of them is not ASCII. */
  isWide: boolean;
}

/** The same bytes as of `value.write`. */
export function makeByteWriter({ shape, write }: Value, room: Room): ByteWriter {
  switch (shape.kind) {
    case 'constant':
      return constant(shape.text, room);
    case 'object':
      return objectWriter(shape.properties, room);
    case 'array':
      return arrayWriter(shape.values, room);
    case 'first':
      return firstOf(shape.values.map((value) => makeByteWriter(value, room)));
    case 'column':
      return columnWriter(shape, room);
    case 'template':
      return templateWriter(shape, write, room);
    case 'directive':
      return directiveWriter(shape);
    case 'written':
      return written(write);
  }
}

/** A fragment that is written once at most. */
export function keep(text: string, room: Room): Fragment {
  const kept = fragment(text);
  room.bytes += roomOf(kept);
  room.isWide ||= kept.length > text.length;
  return kept;
}

function constant(text: string | undefined, room: Room): ByteWriter {
  if (text === undefined) return (_, at) => at;
  const kept = keep(text, room);
  return (row, at) => row.put(at, kept);
}

/** By the text of the row. */
function written(write: Writer): ByteWriter {
  return (row, at) => {
    const text = write(row.asRow());
    return text === undefined ? at : typeof text === 'object' ? -1 : row.putText(at, text);
  };
}

/** What it said for the record before is remembered: it says the same for many. */
function directiveWriter({ name, ofText, otherwise }: Extract<Shape, { kind: 'directive' }>): ByteWriter {
  let [lastText, last]: [string | undefined, Written] = [undefined, otherwise];
  return (row, at) => {
    const text = row.directive(name);
    if (text !== lastText) {
      last = text === undefined ? otherwise : ofText(text);
      lastText = text;
    }
    return last === undefined ? at : typeof last === 'object' ? -1 : row.putText(at, last);
  };
}

const openBrace = 0x7b;
const closeBrace = 0x7d;

/** Every name is written with a comma before it, and the first of them is made a brace. */
function objectWriter(properties: Extract<Shape, { kind: 'object' }>['properties'], room: Room): ByteWriter {
  const parts = properties.map(({ name, value }): ObjectPart => {
    const { shape } = value;
    const key = `,${jsonText(name)}:`;
    if (shape.kind === 'constant' && shape.text !== undefined) return { key: keep(key + shape.text, room) };
    return { key: keep(key, room), write: makeByteWriter(value, room) };
  });
  room.bytes += 1;
  const writeParts = joinParts(parts);
  return (row, start) => {
    const end = writeParts(row, start);
    if (end === -1 || end === start) return end;
    row.out[start] = openBrace;
    row.out[end] = closeBrace;
    return end + 1;
  };
}

const comma = 0x2c;
const openBracket = 0x5b;
const closeBracket = 0x5d;

function arrayWriter(values: readonly Value[], room: Room): ByteWriter {
  const writers = values.map((value) => makeByteWriter(value, room));
  room.bytes += writers.length + 1;
  return (row, start) => {
    let at = start;
    for (const write of writers) {
      const end = write(row, at + 1);
      if (end === -1) return -1;
      if (end === at + 1) continue;
      row.out[at] = comma;
      at = end;
    }
    if (at === start) return at;
    row.out[start] = openBracket;
    row.out[at] = closeBracket;
    return at + 1;
  };
}

function firstOf(writers: readonly ByteWriter[]): ByteWriter {
  return (row, at) => {
    for (const write of writers) {
      const end = write(row, at);
      if (end !== at) return end;
    }
    return at;
  };
}

function isNull(row: ByteRow, index: number, nulls: CellTexts): boolean {
  return index < 0 || index >= row.cells || row.isOneOf(index, nulls);
}

function columnWriter({ index, converter }: Extract<Shape, { kind: 'column' }>, room: Room): ByteWriter {
  const { nulls, convertCell } = converter;
  const otherwise = constant(converter.otherwise, room);
  const quick = makeCellWriter(converter);
  return (row, at) => {
    if (isNull(row, index, nulls)) return otherwise(row, at);
    const end = quick(row, at, index);
    if (end !== -1) return end;
    const text = convertCell(row.cellText(index), false);
    return text === undefined ? at : typeof text === 'object' ? -1 : row.putText(at, text);
  };
}

function templateWriter(shape: Extract<Shape, { kind: 'template' }>, write: Writer, room: Room): ByteWriter {
  const { parts } = shape;
  const otherwise = constant(shape.otherwise, room);
  const texts = shape.texts.map((text, index) => {
    const escaped = jsonText(text).slice(1, -1);
    return keep((index === 0 ? '"' : '') + escaped + (index === parts.length ? '"' : ''), room);
  });
  const byText = written(write);
  return (row, start) => {
    let at = start;
    for (let index = 0; index < texts.length; index++) {
      const [text, part] = [texts[index], parts[index]];
      if (text !== undefined) at = row.put(at, text);
      if (part === undefined) continue;
      if (isNull(row, part.index, part.nulls)) return otherwise(row, start);
      if (((row.flags[part.index] ?? 0) & (odd | quote)) !== 0) return byText(row, start);
      at = row.copy(at, row.starts[part.index] ?? 0, row.ends[part.index] ?? 0);
      if (at === -1) return -1;
    }
    return at;
  };
}

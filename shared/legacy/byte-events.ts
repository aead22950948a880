import { type ByteRow, cellTexts, type Fragment, fragment, odd } from './byte-row.ts';
import { type ByteWriter, keep, makeByteWriter, type Room } from './byte-values.ts';
import type { EventRule, EventWriter, When } from './event-rules.ts';
import { jsonText } from './fault.ts';

/** How rows become events from bytes to bytes: the same as `EventRule` of texts. */
export interface ByteRule {
  /** 1 where the rule is for the row, 0 where not, -1 where only the row's text says it. */
  readonly fits: (row: ByteRow) => number;
  /** Undefined: such records are none of ours. */
  readonly event: ByteEvent | undefined;
}

interface ByteEvent {
  readonly type: string;
  /** Of the fragments. */
  readonly room: Room;
  /** Writes the event of a row, whose derived id is `record-<hashed>-<occurrence>`; -1 as of a `ByteWriter`. */
  readonly write: (row: ByteRow, at: number, hashed: string, occurrence: number) => number;
}

export function makeByteRule({ when, event }: EventRule): ByteRule {
  const tests = when.map(makeTest);
  return {
    event: event === undefined ? undefined : makeEvent(event),
    fits(row) {
      for (let at = 0; at < tests.length; at++) {
        const answer = tests[at]?.(row) ?? -1;
        if (answer !== 1) return answer;
      }
      return 1;
    },
  };
}

function makeTest({ column, texts, negated }: When): (row: ByteRow) => number {
  const { index, nulls, read } = column;
  const [yes, no] = negated ? [0, 1] : [1, 0];
  const known = cellTexts([...texts].filter((text) => typeof text === 'string'));
  const ofNull = texts.has(null) ? yes : no;
  return (row) => {
    if (index < 0 || index >= row.cells || row.isOneOf(index, nulls)) return ofNull;
    // What has to be decoded: a quote alone is what it is.
    if (((row.flags[index] ?? 0) & odd) !== 0) return texts.has(read(row.asRow()) ?? null) ? yes : no;
    return row.isOneOf(index, known) ? yes : no;
  };
}

const closeBrace = 0x7d;
const quoteByte = 0x22;
const dash = 0x2d;
const idPrefix = fragment('"record-');

/** `recordId` as JSON. */
function putId(row: ByteRow, start: number, hashed: string, occurrence: number): number {
  const hashAt = row.put(start, idPrefix);
  const { out } = row;
  for (let at = 0; at < hashed.length; at++) out[hashAt + at] = hashed.charCodeAt(at);
  const dashAt = hashAt + hashed.length;
  out[dashAt] = dash;
  const end = row.putDigits(dashAt + 1, occurrence);
  if (end === -1) return -1;
  out[end] = quoteByte;
  return end + 1;
}

/** Of `record-<hash>-<occurrence>` and its quotes. */
const idRoom = 64;

interface Attribute {
  readonly name: Fragment;
  readonly write: ByteWriter;
  readonly isOptional: boolean;
}

function makeEvent({ type, id, source, time, subject, data }: EventWriter): ByteEvent {
  const room: Room = { bytes: idRoom, isWide: false };
  const head = keep(`{"specversion":"1.0","type":${jsonText(type)},"id":`, room);
  const writeId = id === undefined ? undefined : makeByteWriter(id, room);
  const attributes: Attribute[] = [];
  for (const [name, value] of [
    ['source', source],
    ['time', time],
    ['subject', subject],
  ] as const) {
    const isOptional = name === 'subject';
    if (value === undefined && isOptional) continue;
    const write = value === undefined ? () => -1 : makeByteWriter(value, room);
    attributes.push({ name: keep(`,"${name}":`, room), write, isOptional });
  }
  const dataName = keep(',"data":', room);
  const writeData = makeByteWriter(data, room);
  const noData = keep('{}}', room);
  const writeAttributes = (row: ByteRow, start: number): number => {
    let at = start;
    for (let index = 0; index < attributes.length; index++) {
      const attribute = attributes[index];
      if (attribute === undefined) continue;
      const valueAt = row.put(at, attribute.name);
      const end = attribute.write(row, valueAt);
      if (end === -1 || (end === valueAt && !attribute.isOptional)) return -1;
      if (end !== valueAt) at = end;
    }
    return at;
  };
  return {
    ...{ type, room },
    write(row, start, hashed, occurrence) {
      const idAt = row.put(start, head);
      const idEnd = writeId === undefined ? putId(row, idAt, hashed, occurrence) : writeId(row, idAt);
      if (idEnd === -1 || idEnd === idAt) return -1;
      const attributesEnd = writeAttributes(row, idEnd);
      if (attributesEnd === -1) return -1;
      const dataAt = row.put(attributesEnd, dataName);
      const end = writeData(row, dataAt);
      if (end === -1) return -1;
      if (end === dataAt) return row.put(dataAt, noData);
      row.out[end] = closeBrace;
      return end + 1;
    },
  };
}

/**
 * As much of Protocol Buffers' binary encoding as Tink's keysets need: unsigned 32-bit numbers, enums, bytes, strings
 * and messages. Stricter than the format asks: what the shape does not name is refused, and so is a repeated scalar.
 */

/** Field numbers of a message, by how they are encoded. Strings and messages count as bytes. */
export interface ProtobufShape {
  readonly uint32: readonly number[];
  readonly bytes: readonly number[];
  readonly repeatedBytes: readonly number[];
}

export interface ProtobufMessage {
  readonly kind: 'message';
  /** 0 when absent: the default of proto3. */
  uint32(field: number): number;
  /** Empty when absent. Views into the message. */
  bytes(field: number): Uint8Array;
  /** In the order of the message. Views into it. */
  repeatedBytes(field: number): readonly Uint8Array[];
}

export interface UnreadableProtobuf {
  readonly kind: 'unreadable';
  /** What is wrong and at which byte, without any content. */
  readonly problem: string;
}

/** Reads a message of that shape. The work is linear in the length, which the caller bounds. */
export function readProtobuf(message: Uint8Array, shape: ProtobufShape): ProtobufMessage | UnreadableProtobuf {
  const numbers = new Map<number, number>();
  const strings = new Map<number, Uint8Array[]>();
  let at = 0;
  while (at < message.length) {
    const start = at;
    const tag = readVarint(message, at);
    if (tag === undefined) return unreadable(start, 'no field begins here');
    const field = tag.value >>> 3;
    const wireType = tag.value & 7;
    const value = readVarint(message, tag.end);
    if (value === undefined) return unreadable(start, `field ${field} has no 32-bit number or length`);
    if (wireType === 0 && shape.uint32.includes(field)) {
      if (numbers.has(field)) return unreadable(start, `field ${field} comes twice`);
      numbers.set(field, value.value);
      at = value.end;
    } else if (wireType === 2 && (shape.bytes.includes(field) || shape.repeatedBytes.includes(field))) {
      const earlier = strings.get(field) ?? [];
      if (earlier.length > 0 && shape.bytes.includes(field)) return unreadable(start, `field ${field} comes twice`);
      at = value.end + value.value;
      if (at > message.length) return unreadable(start, `field ${field} is longer than the message`);
      earlier.push(message.subarray(value.end, at));
      strings.set(field, earlier);
    } else {
      return unreadable(start, `field ${field} with wire type ${wireType} is not expected`);
    }
  }
  return {
    kind: 'message',
    uint32: (field) => numbers.get(field) ?? 0,
    bytes: (field) => strings.get(field)?.[0] ?? new Uint8Array(0),
    repeatedBytes: (field) => strings.get(field) ?? [],
  };
}

/** An unsigned 32-bit number or enum; nothing for 0, as proto3 writes it. */
export function uint32Field(field: number, value: number): Uint8Array {
  return value === 0 ? new Uint8Array(0) : Uint8Array.from([...varint(field << 3), ...varint(value)]);
}

/** Bytes, a string in UTF-8, or a message. */
export function bytesField(field: number, value: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.from([...varint((field << 3) | 2), ...varint(value.length)]), value]);
}

function varint(value: number): number[] {
  const bytes = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return [...bytes, rest];
}

function readVarint(message: Uint8Array, start: number): { value: number; end: number } | undefined {
  let value = 0;
  for (let index = 0; index < 5; index += 1) {
    const byte = message[start + index];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 128 ** index;
    if (byte < 0x80) return value <= 0xffff_ffff ? { value, end: start + index + 1 } : undefined;
  }
  return undefined;
}

function unreadable(offset: number, problem: string): UnreadableProtobuf {
  return { kind: 'unreadable', problem: `at byte ${offset}: ${problem}` };
}

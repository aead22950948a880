import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';

/** Makes UUIDv7s (RFC 9562 section 5.7): 48 bits of Unix milliseconds, then random bits. */
export function newUuidV7(clock: Clock, random: Random): string {
  const bytes = Buffer.from(random.bytes(16));
  bytes.writeUIntBE(clock.nowMillis(), 0, 6);
  return writeUuid(bytes, 7);
}

/** 16 bytes as a UUID of a version: six of their bits are overwritten with that and the variant (RFC 9562 section 4). */
export function writeUuid(bytes: Buffer, version: 7 | 8): string {
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | (version << 4), 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The time that a UUIDv7 carries, in Unix milliseconds; undefined when the text is not one. */
export function uuidV7Millis(text: string): number | undefined {
  if (!/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(text)) return undefined;
  return Number.parseInt(text.slice(0, 8) + text.slice(9, 13), 16);
}

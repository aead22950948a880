/** The bytes of a hexadecimal string. */
export function bytes(hexadecimal: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hexadecimal, 'hex'));
}

/** Bytes as a hexadecimal string; `undefined` stays recognisable in a failed comparison. */
export function hex(value: Uint8Array | undefined): string {
  return value === undefined ? 'undefined' : Buffer.from(value).toString('hex');
}

/** `value` with one bit of one byte changed. */
export function flipBit(value: Uint8Array, bit: number): Uint8Array {
  return value.map((byte, index) => (index === bit >>> 3 ? byte ^ (1 << (bit & 7)) : byte));
}

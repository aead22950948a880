const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * The claims of a document as bytes: for each owner, in order, the length of its name in UTF-8 (uint32, big-endian), the
 * name, the length of its fingerprints (uint32), the fingerprints.
 */
export function encodeClaims(claims: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [owner, fingerprints] of claims) {
    const name = Buffer.from(owner);
    parts.push(lengthOf(name), name, lengthOf(fingerprints), fingerprints);
  }
  return Buffer.concat(parts);
}

/** What `encodeClaims` was given. Throws for bytes that it did not make. */
export function decodeClaims(bytes: Uint8Array): Map<string, Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const claims = new Map<string, Uint8Array>();
  let offset = 0;
  const next = (): Uint8Array => {
    const start = offset + 4;
    offset = start + view.getUint32(offset);
    if (offset > bytes.byteLength) throw new RangeError('the stored claims end in the middle of an entry');
    return bytes.subarray(start, offset);
  };
  while (offset < bytes.byteLength) claims.set(decoder.decode(next()), next());
  return claims;
}

function lengthOf(bytes: Uint8Array): Uint8Array {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.byteLength);
  return length;
}

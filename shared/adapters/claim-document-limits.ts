import { type ClaimDocument, type ClaimDocumentWrite, claimDocumentLimitBytes } from '../ports/claim-documents.ts';

/** Bytes that Firestore counts for a field: its value's size, and a length of one byte more for each name or string. */
export function claimDocumentBytes(document: ClaimDocument): number {
  let bytes = 64;
  for (const [owner, fingerprints] of document.claims) bytes += Buffer.byteLength(owner) + 1 + fingerprints.byteLength;
  return bytes;
}

/**
 * Throws for what Firestore's BatchWrite refuses, as both are bugs of the caller: one key twice in one call, and a
 * document larger than a document can be.
 */
export function assertClaimWrites(writes: readonly ClaimDocumentWrite[]): void {
  if (new Set(writes.map((write) => write.key)).size !== writes.length) {
    throw new RangeError('one call writes the same claim document twice: merge the writes of a key before');
  }
  for (const { document } of writes) {
    const bytes = claimDocumentBytes(document);
    if (bytes > claimDocumentLimitBytes) {
      throw new RangeError(
        `a claim document has ${bytes} bytes, the limit is ${claimDocumentLimitBytes}: let it overflow`,
      );
    }
  }
}

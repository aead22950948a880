/** Firestore's limit of one document, which every storage here enforces alike. */
export const claimDocumentLimitBytes = 1_048_576;

/** One bucket of the claim index: who has claimed which events of one source in one span of event time. */
export interface ClaimDocument {
  /**
   * By owner (the seal of the batch that claimed, with an "r" behind it for a replay): 64-bit fingerprints of its events,
   * 8 bytes each, packed.
   */
  readonly claims: ReadonlyMap<string, Uint8Array>;
  /** Full: it takes no more claims; new ones go into its sub-documents. Never taken back while the document lives. */
  readonly split?: true;
  /** Server time after which no claim in here counts any more; the storage may delete the document then. */
  readonly expireAtMillis: number;
}

export interface StoredClaimDocument extends ClaimDocument {
  /** Changes with every write; the precondition of the next one. */
  readonly version: string;
}

export interface ClaimDocumentWrite {
  readonly key: string;
  readonly document: ClaimDocument;
  /** The version that was read, or `absent` when there was no document: the write is refused if that has changed. */
  readonly expected: string | 'absent';
}

/** Storage of the claim index: documents with optimistic concurrency. The dedup rules live above it. */
export interface ClaimDocuments {
  /** One batched read, answers in the order of the keys. Rejects with `Unavailable`. */
  read(keys: readonly string[]): Promise<(StoredClaimDocument | undefined)[]>;
  /** One batched write, not atomic across documents; answers in order. Rejects with `Unavailable`. */
  write(writes: readonly ClaimDocumentWrite[]): Promise<('written' | 'conflict')[]>;
}

/** Stored keys of data subjects: an encrypted Tink keyset under a keyed hash of the subject. */
export interface SubjectKeyRecords {
  /** One batched read, answers in the order of the ids. Rejects with `Unavailable`. */
  read(ids: readonly string[]): Promise<(Uint8Array | undefined)[]>;
  /**
   * Stores each record unless its id has one; answers with what is stored afterwards, in order. Two callers that race
   * get the same bytes. Rejects with `Unavailable`.
   */
  createMissing(records: readonly SubjectKeyRecord[]): Promise<Uint8Array[]>;
}

export interface SubjectKeyRecord {
  /** Keyed hash of realm and subject; never the subject itself. */
  readonly id: string;
  readonly encryptedKeyset: Uint8Array;
}

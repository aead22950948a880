/** What is stored of a write key: never the key itself. */
export interface WriteKeyRecord {
  /** Public name of the key: the first 16 hex digits of its hash. */
  readonly keyId: string;
  /** SHA-256 of the whole key, 64 lower-case hex digits. A key is 256 random bits, so nothing slower is needed. */
  readonly hash: string;
  /** The SDK binding that the key sends as. */
  readonly sdk: string;
  readonly createdAtMillis: number;
  /** Absent while the key may be used. Never taken back. */
  readonly revokedAtMillis?: number;
}

/** Storage of write keys, for ingest (`find`) and the command line (the others). All reject with `Unavailable`. */
export interface WriteKeyRecords {
  find(keyId: string): Promise<WriteKeyRecord | undefined>;
  /** Stores a new key. Throws a `RangeError` when its id is taken, which for a random key is a bug. */
  create(record: Omit<WriteKeyRecord, 'revokedAtMillis'>): Promise<void>;
  /** All keys, the oldest first, revoked ones too. */
  list(): Promise<WriteKeyRecord[]>;
  /** Ends a key at `nowMillis`; a key that was revoked earlier keeps its time. */
  revoke(keyId: string, nowMillis: number): Promise<'revoked' | 'already-revoked' | 'unknown'>;
}

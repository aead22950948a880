/** Wraps key material with a key that never leaves its keeper. Both reject with `Unavailable` when it does not answer. */
export interface KeyWrapper {
  wrap(plaintext: Uint8Array): Promise<Uint8Array>;
  /** Undefined when the keeper did not wrap these bytes, or with another key. */
  unwrap(wrapped: Uint8Array): Promise<Uint8Array | undefined>;
}

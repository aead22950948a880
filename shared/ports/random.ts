/** Cryptographically secure randomness in production; seeded in the simulation. */
export interface Random {
  /** `lengthBytes` fresh random bytes. */
  bytes(lengthBytes: number): Uint8Array;
}

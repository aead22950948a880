import type { Aead } from '../crypto/tink-aead.ts';

/** The keyset under which the keysets of all data subjects are encrypted. */
export interface MasterKeyset {
  /** Its AEAD, unwrapped once and kept. Rejects with `Unavailable`; a failure is not remembered. */
  aead(): Promise<Aead>;
}

import { makeAead } from '../../crypto/tink-aead.ts';
import type { KeyWrapper } from '../../ports/key-wrapper.ts';
import type { Random } from '../../ports/random.ts';

const keyBytes = 32;

/**
 * Stands in for KMS where there is none (Google's emulators): AES-256-GCM under a key that the environment holds, as
 * base64 of 32 bytes. Throws a `RangeError` for another length.
 */
export function createLocalKeyWrapper(keyBase64: string, random: Random): KeyWrapper {
  const value = Buffer.from(keyBase64, 'base64');
  if (value.byteLength !== keyBytes) {
    throw new RangeError(`the local master key is base64 of ${keyBytes} bytes, this is of ${value.byteLength}`);
  }
  const key = { id: 1, value };
  const aead = makeAead({ type: 'AesGcmKey', primary: key, keys: [key] }, random);
  const noAssociatedData = new Uint8Array(0);
  return {
    wrap: async (plaintext) => aead.encrypt(plaintext, noAssociatedData),
    unwrap: async (wrapped) => aead.decrypt(wrapped, noAssociatedData),
  };
}

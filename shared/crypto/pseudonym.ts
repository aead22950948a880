import type { DeterministicAead } from './tink-deterministic-aead.ts';
import { outputPrefix, type TinkKeyset } from './tink-keyset.ts';

/** Characters of base64 that the first 5 bytes decide: of all pseudonyms of one key the same. */
export const beginningLength = 6;

/** Of one data subject. A pseudonym is the base64 of Tink's ciphertext without associated data. */
export interface Pseudonyms {
  /**
   * What every pseudonym of this key begins with: 28 bits of the key's random id after Tink's first byte. Others' seldom do, and
   * whether one is this key's only `open` tells.
   */
  readonly beginning: string;
  of(text: string): string;
  /** The text; undefined for whatever this key did not make. */
  open(pseudonym: string): string | undefined;
}

/** Of a keyset of one key, as those of data subjects are. */
export function makePseudonyms(keyset: TinkKeyset<'AesSivKey'>, aead: DeterministicAead): Pseudonyms {
  const beginning = pseudonymBeginning(keyset.primary.id);
  return {
    beginning,
    of: (text) => aead.encryptText(text),
    open(pseudonym) {
      if (!pseudonym.startsWith(beginning)) return undefined;
      const plaintext = aead.decrypt(Buffer.from(pseudonym, 'base64'), noAssociatedData);
      return plaintext === undefined ? undefined : Buffer.from(plaintext).toString('utf8');
    },
  };
}

function pseudonymBeginning(keyId: number): string {
  return Buffer.from(outputPrefix(keyId)).toString('base64').slice(0, beginningLength);
}

const noAssociatedData = new Uint8Array(0);

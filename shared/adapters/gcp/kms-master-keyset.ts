import { type Aead, makeAead } from '../../crypto/tink-aead.ts';
import { newAesGcmKeyset, parseKeyset, serializeKeyset } from '../../crypto/tink-keyset.ts';
import type { KeyWrapper } from '../../ports/key-wrapper.ts';
import type { MasterKeyset } from '../../ports/master-keyset.ts';
import type { Random } from '../../ports/random.ts';

export interface MasterKeysetOptions {
  readonly wrapper: KeyWrapper;
  /** What `newWrappedMasterKeyset` answered: Tink's binary AES-GCM keyset, wrapped. */
  readonly wrappedKeyset: Uint8Array;
  readonly random: Random;
}

/**
 * The master keyset, under which the keysets of all data subjects are encrypted. It is unwrapped once an instance, with
 * the first use, and kept: KMS is asked once, not once a subject.
 */
export function createMasterKeyset({ wrapper, wrappedKeyset, random }: MasterKeysetOptions): MasterKeyset {
  let unwrapped: Promise<Aead> | undefined;

  async function unwrap(): Promise<Aead> {
    const serialized = await wrapper.unwrap(wrappedKeyset);
    if (serialized === undefined)
      throw new Error('the master keyset was not wrapped with this key: check both settings');
    const parsed = parseKeyset(serialized, 'AesGcmKey');
    if (parsed.kind === 'unreadable') throw new Error(`the master keyset cannot be read: ${parsed.problem}`);
    return makeAead(parsed.keyset, random);
  }

  return {
    aead() {
      unwrapped ??= unwrap().catch((error: unknown) => {
        unwrapped = undefined;
        throw error;
      });
      return unwrapped;
    },
  };
}

/**
 * A fresh master keyset, wrapped, for the first deployment of an environment. It is unwrapped once before it is
 * answered, because a keyset that cannot be unwrapped would be found out after the first subject's key is lost.
 */
export async function newWrappedMasterKeyset(wrapper: KeyWrapper, random: Random): Promise<Uint8Array> {
  const serialized = serializeKeyset(newAesGcmKeyset(random));
  const wrapped = await wrapper.wrap(serialized);
  const again = await wrapper.unwrap(wrapped);
  if (again === undefined || Buffer.compare(again, serialized) !== 0) {
    throw new Error('the wrapped master keyset does not unwrap to what it was: do not use it');
  }
  return wrapped;
}

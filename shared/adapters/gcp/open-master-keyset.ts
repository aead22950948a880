import type { Aead } from '../../crypto/tink-aead.ts';
import { requireVariable } from '../../needs/settings.ts';
import type { Random } from '../../ports/random.ts';
import { createKmsKeyWrapper } from './kms-key-wrapper.ts';
import { createMasterKeyset } from './kms-master-keyset.ts';
import { createLocalKeyWrapper } from './local-key-wrapper.ts';

/**
 * The AEAD of the master keyset `EDI_MASTER_KEYSET`, unwrapped by the KMS key `EDI_KMS_KEY` once an instance. Apart from
 * the runtime, so that the bundles of functions without subject keys hold no client of KMS.
 */
export function openMasterKeyset(
  { random }: { readonly random: Random },
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Aead> {
  // A key in the environment stands for KMS beside the emulators only.
  const localKey = environment['FIRESTORE_EMULATOR_HOST'] ? environment['EDI_LOCAL_MASTER_KEY'] : undefined;
  const wrapper = localKey
    ? createLocalKeyWrapper(localKey, random)
    : createKmsKeyWrapper({ keyName: requireVariable(environment, 'EDI_KMS_KEY') });
  const wrappedKeyset = Buffer.from(requireVariable(environment, 'EDI_MASTER_KEYSET'), 'base64');
  return createMasterKeyset({ wrapper, wrappedKeyset, random }).aead();
}

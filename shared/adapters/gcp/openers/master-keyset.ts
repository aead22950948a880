import type { SecretKind } from '../../../needs/kind.ts';
import { requireVariable } from '../../../needs/settings.ts';
import { kmsKeyVariable } from '../../../needs/variables.ts';
import type { MasterKeyset } from '../../../ports/master-keyset.ts';
import { systemRandom } from '../../system-random.ts';
import { createKmsKeyWrapper } from '../kms-key-wrapper.ts';
import { createMasterKeyset } from '../kms-master-keyset.ts';
import { createLocalKeyWrapper } from '../local-key-wrapper.ts';
import { type Environment, isBesideEmulators } from './environment.ts';
import { secretBytes } from './keys.ts';

/** Stands for the key in Cloud KMS beside the emulators, and only there. */
export const localMasterKeyVariable = 'EDI_LOCAL_MASTER_KEY';

/** The master keyset, unwrapped by the key in Cloud KMS once an instance, with its first use. */
export function openMasterKeyset(environment: Environment, kind: Pick<SecretKind, 'variable'>): MasterKeyset {
  const localKey = isBesideEmulators(environment) ? environment[localMasterKeyVariable] : undefined;
  const wrapper = localKey
    ? createLocalKeyWrapper(localKey, systemRandom)
    : createKmsKeyWrapper({ keyName: requireVariable(environment, kmsKeyVariable) });
  return createMasterKeyset({ wrapper, wrappedKeyset: secretBytes(environment, kind), random: systemRandom });
}

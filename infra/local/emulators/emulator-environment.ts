import type { SecretTexts } from '../../../shared/adapters/embedded/secrets.ts';
import { createLocalKeyWrapper } from '../../../shared/adapters/gcp/local-key-wrapper.ts';
import { localMasterKeyVariable } from '../../../shared/adapters/gcp/openers/master-keyset.ts';
import { systemRandom } from '../../../shared/adapters/system-random.ts';
import { kinds } from '../../../shared/needs/kinds.ts';
import type { AnyNeeds, SharedSetting } from '../../../shared/needs/needs.ts';
import { variablesOf } from '../../../shared/needs/variables.ts';
import { localRegion } from '../local-region.ts';
import { type EmulatorKind, hostVariables } from './gcloud-emulator.ts';

export const emulatorProject = 'edi-local';

export type EmulatorHosts = Readonly<Record<EmulatorKind, string>>;

/** Where heartbeats go, and with which key. */
interface HeartbeatTarget {
  readonly frontDoor: string;
  readonly writeKey: string;
  /** Of the proof of erasures, which does not run here. */
  readonly proofKey: string;
}

const masterKeyBytes = 32;

/** What a deployed function finds in its environment, for the emulators: its own variables, by its needs. */
export async function emulatorEnvironment(
  secrets: SecretTexts,
  hosts: EmulatorHosts,
  heartbeat: HeartbeatTarget,
): Promise<(needs: AnyNeeds) => Record<string, string>> {
  // It stands for the key in KMS, which nobody can read either once the process has ended.
  const masterKey = Buffer.from(systemRandom.bytes(masterKeyBytes)).toString('base64');
  const wrapper = createLocalKeyWrapper(masterKey, systemRandom);
  const wrapped = await wrapper.wrap(Buffer.from(secrets.masterKeyset, 'base64'));
  const texts: Readonly<Record<string, string>> = {
    ...secrets,
    heartbeatKey: heartbeat.writeKey,
    proofKey: heartbeat.proofKey,
    masterKeyset: Buffer.from(wrapped).toString('base64'),
  };
  const names = {
    projectId: emulatorProject,
    bucket: ({ suffix }: { readonly suffix: string }) => `${emulatorProject}-${suffix}`,
    functionUrl: () => '',
    setting: (name: SharedSetting) =>
      name === 'region' ? localRegion : name === 'frontDoor' ? heartbeat.frontDoor : undefined,
    masterKey: () => ({ [localMasterKeyVariable]: masterKey }),
  };
  return (needs) => {
    const { plain, secret } = variablesOf(needs, kinds, names);
    return {
      ...plain,
      ...Object.fromEntries(secret.map(({ variable, name }) => [variable, texts[name] ?? ''])),
      [hostVariables.pubsub]: hosts.pubsub,
      [hostVariables.firestore]: hosts.firestore,
      // Every count at once: the deployment's status is made from these lines.
      EDI_COUNTS_INTERVAL_MILLIS: '0',
    };
  };
}

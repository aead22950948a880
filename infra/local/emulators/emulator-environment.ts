import { createLocalKeyWrapper } from '../../../shared/adapters/gcp/local-key-wrapper.ts';
import { systemRandom } from '../../../shared/adapters/system-random.ts';
import { databases, eventTopic, topics } from '../../naming.ts';
import type { SecretTexts } from '../secrets.ts';

export const emulatorProject = 'edi-local';

export interface EmulatorHosts {
  readonly pubsub: string;
  readonly firestore: string;
}

const masterKeyBytes = 32;

/**
 * What a deployed function finds in its environment, for the emulators. Every function gets all of it here; in the cloud
 * each gets what it may have.
 */
export async function functionEnvironment(secrets: SecretTexts, hosts: EmulatorHosts): Promise<Record<string, string>> {
  // It stands for the key in KMS, which nobody can read either once the process has ended.
  const masterKey = Buffer.from(systemRandom.bytes(masterKeyBytes)).toString('base64');
  const wrapper = createLocalKeyWrapper(masterKey, systemRandom);
  const wrapped = await wrapper.wrap(Buffer.from(secrets.masterKeyset, 'base64'));
  return {
    GOOGLE_CLOUD_PROJECT: emulatorProject,
    PUBSUB_EMULATOR_HOST: hosts.pubsub,
    FIRESTORE_EMULATOR_HOST: hosts.firestore,
    EDI_REGISTRY_DATABASE: databases.registry,
    EDI_CLAIMS_DATABASE: databases.claims,
    EDI_SUBJECT_KEYS_DATABASE: databases.subjectKeys,
    EDI_WRITE_KEYS_DATABASE: databases.writeKeys,
    EDI_RECEIVED_TOPIC: topics.received,
    EDI_DEDUPLICATED_TOPIC: topics.deduplicated,
    EDI_QUARANTINE_TOPIC: topics.quarantine,
    EDI_EVENT_TOPIC_PREFIX: eventTopic(''),
    EDI_CLAIMS_KEY: secrets.claimsKey,
    EDI_IDENTITY_KEY: secrets.identityKey,
    EDI_LOOKUP_KEY: secrets.lookupKey,
    EDI_QUARANTINE_PUBLIC_KEY: secrets.quarantinePublicKey,
    EDI_LOCAL_MASTER_KEY: masterKey,
    EDI_MASTER_KEYSET: Buffer.from(wrapped).toString('base64'),
    // Every count at once: the deployment's status is made from these lines.
    EDI_COUNTS_INTERVAL_MILLIS: '0',
  };
}

import type { KeyManagementServiceClient } from '@google-cloud/kms';
import type { KeyWrapper } from '../../ports/key-wrapper.ts';
import { channelOptions } from './channel-options.ts';
import { errorCode, grpcStatus, toUnavailable } from './unavailable.ts';

export interface KmsKeyWrapperOptions {
  /** `projects/…/locations/…/keyRings/…/cryptoKeys/…`; KMS finds the version of what it is to unwrap. */
  readonly keyName: string;
  /** Longest wait for an answer, with every attempt. Default 10,000. */
  readonly timeoutMillis?: number;
}

/**
 * Wraps with a symmetric key of Cloud KMS, without additional authenticated data: so BigQuery's KEYS.KEYSET_CHAIN reads
 * what is wrapped here. The client is loaded with the first call.
 */
export function createKmsKeyWrapper({ keyName, timeoutMillis = 10_000 }: KmsKeyWrapperOptions): KeyWrapper {
  let opened: Promise<KeyManagementServiceClient> | undefined;
  const client = (): Promise<KeyManagementServiceClient> => {
    opened ??= import('@google-cloud/kms').then((kms) => new kms.KeyManagementServiceClient(channelOptions));
    return opened;
  };
  const call = { timeout: timeoutMillis };

  return {
    async wrap(plaintext) {
      try {
        const [answer] = await (await client()).encrypt({ name: keyName, plaintext }, call);
        return asBytes(answer.ciphertext);
      } catch (error) {
        throw toUnavailable('kms', 'Cloud KMS', error);
      }
    },
    async unwrap(ciphertext) {
      try {
        const [answer] = await (await client()).decrypt({ name: keyName, ciphertext }, call);
        return asBytes(answer.plaintext);
      } catch (error) {
        if (errorCode(error) === grpcStatus.invalidArgument) return undefined;
        throw toUnavailable('kms', 'Cloud KMS', error);
      }
    },
  };
}

function asBytes(value: Uint8Array | string | null | undefined): Uint8Array {
  return typeof value === 'string' ? Buffer.from(value, 'base64') : Uint8Array.from(value ?? []);
}

import { KmsCryptoKey } from '@cdktf/provider-google/lib/kms-crypto-key/index.js';
import { KmsCryptoKeyIamPolicy } from '@cdktf/provider-google/lib/kms-crypto-key-iam-policy/index.js';
import { KmsKeyRing } from '@cdktf/provider-google/lib/kms-key-ring/index.js';
import { Construct } from 'constructs';
import { keyIds, keyLocation, keyRingId } from '../cloud-names.ts';
import type { Context } from '../constructs/context.ts';
import { protectedIn } from '../constructs/edi-stack.ts';
import { policyOf } from '../constructs/policy.ts';

/** Older versions stay and go on decrypting. */
const rotationSeconds = 90 * 86_400;
/** Between the order to destroy a version and its end; the longest that Cloud KMS takes is 120 days. */
const destructionSeconds = 30 * 86_400;

/** The key rings and their keys, each with its whole policy: whoever is given a key elsewhere loses it again. */
export function declareKeys(scope: Construct, context: Context): void {
  const keys = new Construct(scope, 'key');
  const rings = new Map<string, KmsKeyRing>();
  const ringIn = (location: string): KmsKeyRing => {
    const ring =
      rings.get(location) ??
      new KmsKeyRing(keys, `ring-${location}`, { name: keyRingId, location, lifecycle: protectedIn(context) });
    rings.set(location, ring);
    return ring;
  };
  for (const name of ['master', 'clearTopics'] as const) {
    const id = keyIds[name];
    const ring = ringIn(keyLocation(name, context.environment));
    const key = new KmsCryptoKey(keys, id, {
      name: id,
      keyRing: ring.id,
      purpose: 'ENCRYPT_DECRYPT',
      rotationPeriod: `${rotationSeconds}s`,
      destroyScheduledDuration: `${destructionSeconds}s`,
      // A destroyed key takes everything with it that it encrypts.
      lifecycle: protectedIn(context),
    });
    const policyData = policyOf(context.bindingsOn({ kind: 'key', name: id }));
    new KmsCryptoKeyIamPolicy(keys, `${id}-policy`, { cryptoKeyId: key.id, policyData });
  }
}

import {
  StorageBucket,
  type StorageBucketConfig,
  type StorageBucketLifecycleRule,
} from '@cdktf/provider-google/lib/storage-bucket/index.js';
import { StorageBucketIamMember } from '@cdktf/provider-google/lib/storage-bucket-iam-member/index.js';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import type { BucketName } from '../access.ts';
import type { Context } from '../constructs/context.ts';
import { protectedIn } from '../constructs/edi-stack.ts';

type BucketRules = Pick<StorageBucketConfig, 'versioning' | 'softDeletePolicy' | 'lifecycleRule' | 'encryption'>;

const keptVersions = 20;
const softDeleteSeconds = 7 * 86_400;

/** What is deleted can be had back for a week, and so can what was overwritten: for what people and builds write. */
const recoverable: BucketRules = {
  versioning: { enabled: true },
  softDeletePolicy: { retentionDurationSeconds: softDeleteSeconds },
  lifecycleRule: [
    { action: { type: 'Delete' }, condition: { numNewerVersions: keptVersions, withState: 'ARCHIVED' } },
    { action: { type: 'AbortIncompleteMultipartUpload' }, condition: { age: 1 } },
  ],
};

/** Gone when it is deleted: payloads of people count in the bound of an erasure, old versions of them would not. */
function deletedAfter(days: number): BucketRules {
  const expiry: StorageBucketLifecycleRule = { action: { type: 'Delete' }, condition: { age: days } };
  return { versioning: { enabled: false }, softDeletePolicy: { retentionDurationSeconds: 0 }, lifecycleRule: [expiry] };
}

/** The buckets of an environment; `keyGrants` have to be there before the encrypted ones. */
export function declareBuckets(scope: Construct, context: Context, keyGrants: readonly ITerraformDependable[]): void {
  const { environment, names } = context;
  const deadLetterRules = deletedAfter(environment.deadLetterRetentionDays);
  const rules: Partial<Record<BucketName, BucketRules>> = {
    sources: recoverable,
    snapshot: recoverable,
    schemas: recoverable,
    deadLetters: deadLetterRules,
    clearDeadLetters: { ...deadLetterRules, encryption: { defaultKmsKeyName: names.key('clearFiles') } },
    ...(environment.rawArchive === undefined ? {} : { rawArchive: deletedAfter(environment.rawArchive.retentionDays) }),
  };
  const buckets = new Construct(scope, 'bucket');
  for (const name of ['sources', 'snapshot', 'schemas', 'deadLetters', 'clearDeadLetters', 'rawArchive'] as const) {
    const rule = rules[name];
    if (rule === undefined) continue;
    const id = names.bucket(name).slice(environment.projectId.length + 1);
    const bucket = new StorageBucket(buckets, id, {
      name: names.bucket(name),
      location: environment.stateRegion,
      uniformBucketLevelAccess: true,
      publicAccessPrevention: 'enforced',
      forceDestroy: false,
      ...rule,
      lifecycle: protectedIn(context),
      ...(rule.encryption === undefined ? {} : { dependsOn: [...keyGrants] }),
    });
    for (const { id: binding, role, member } of context.bindingsOn({ kind: 'bucket', name })) {
      new StorageBucketIamMember(buckets, `${id}-${binding}`, { bucket: bucket.name, role, member });
    }
  }
}

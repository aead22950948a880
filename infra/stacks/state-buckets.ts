import {
  StorageBucket,
  type StorageBucketConfig,
  type StorageBucketLifecycleRule,
} from '@cdktf/provider-google/lib/storage-bucket/index.js';
import { StorageBucketIamMember } from '@cdktf/provider-google/lib/storage-bucket-iam-member/index.js';
import { Construct } from 'constructs';
import type { BucketKind } from '../../shared/needs/kinds.ts';
import { deliveryBuckets } from '../cloud-names.ts';
import type { Context } from '../constructs/context.ts';
import { protectedIn } from '../constructs/edi-stack.ts';
import { isEverywhere } from '../regions.ts';

type BucketRules = Pick<StorageBucketConfig, 'versioning' | 'softDeletePolicy' | 'lifecycleRule'>;

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

/** Gone when it is deleted, old versions too. */
function deletedAfter(days: number, prefix?: string): BucketRules {
  const matchesPrefix = prefix === undefined ? {} : { matchesPrefix: [prefix] };
  const expiry: StorageBucketLifecycleRule = { action: { type: 'Delete' }, condition: { age: days, ...matchesPrefix } };
  return { versioning: { enabled: false }, softDeletePolicy: { retentionDurationSeconds: 0 }, lifecycleRule: [expiry] };
}

function rulesOf({ forgets }: BucketKind): BucketRules {
  return forgets === undefined ? recoverable : deletedAfter(forgets.afterDays, forgets.prefix);
}

/** The buckets of an environment. */
export function declareBuckets(scope: Construct, context: Context): void {
  const { environment, names, topology } = context;
  const { sources, rawArchive } = deliveryBuckets;
  const rules: readonly (readonly [{ readonly suffix: string }, BucketRules])[] = [
    [sources, recoverable],
    ...Object.values<BucketKind>(topology.kinds.buckets).map((kind) => [kind, rulesOf(kind)] as const),
    ...(environment.rawArchive === undefined
      ? []
      : [[rawArchive, deletedAfter(environment.rawArchive.retentionDays)] as const]),
  ];
  const everywhere = new Set(topology.functions.filter(isEverywhere).flatMap((spec) => Object.keys(spec.buckets)));
  const readEverywhere = new Set(
    Object.entries<BucketKind>(topology.kinds.buckets).flatMap(([name, { suffix }]) =>
      everywhere.has(name) ? suffix : [],
    ),
  );
  const buckets = new Construct(scope, 'bucket');
  for (const [kind, rule] of rules) {
    const { suffix } = kind;
    const bucket = new StorageBucket(buckets, suffix, {
      name: names.bucket(kind),
      // What functions of every region ask, no region's loss takes along.
      location: readEverywhere.has(suffix) ? environment.dataLocation : environment.stateRegion,
      uniformBucketLevelAccess: true,
      publicAccessPrevention: 'enforced',
      forceDestroy: !environment.protectState,
      ...rule,
      lifecycle: protectedIn(context),
    });
    for (const { id, role, member } of context.bindingsOn({ kind: 'bucket', name: suffix })) {
      new StorageBucketIamMember(buckets, `${suffix}-${id}`, { bucket: bucket.name, role, member });
    }
  }
}

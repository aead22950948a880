import {
  StorageBucket,
  type StorageBucketConfig,
  type StorageBucketLifecycleRule,
} from '@cdktf/provider-google/lib/storage-bucket/index.js';
import { StorageBucketIamMember } from '@cdktf/provider-google/lib/storage-bucket-iam-member/index.js';
import { Construct } from 'constructs';
import type { BucketKind } from '../../shared/needs/kind.ts';
import { deliveryBuckets } from '../cloud-names.ts';
import type { Context } from '../constructs/context.ts';
import { protectedIn } from '../constructs/edi-stack.ts';
import { isEverywhere } from '../regions.ts';

type BucketRules = Pick<StorageBucketConfig, 'versioning' | 'softDeletePolicy' | 'lifecycleRule'>;

const keptVersions = 20;
const softDeleteSeconds = 7 * 86_400;

/** Parts of an upload that broke off; no other rule sees them. */
const abandonedUploads: StorageBucketLifecycleRule = {
  action: { type: 'AbortIncompleteMultipartUpload' },
  condition: { age: 1 },
};
/** Where gcloud and gsutil put the parts of a large file, as objects, until it is whole ("Parallel composite uploads"). */
const partsOfUploads = ['gcloud/tmp/', 'gsutil/tmp/'];

/** What is deleted can be had back for a week, and so can what was overwritten: for what people and builds write. */
const recoverable: BucketRules = {
  versioning: { enabled: true },
  softDeletePolicy: { retentionDurationSeconds: softDeleteSeconds },
  lifecycleRule: [
    { action: { type: 'Delete' }, condition: { numNewerVersions: keptVersions, withState: 'ARCHIVED' } },
    abandonedUploads,
  ],
};

/** Gone when it is deleted, old versions too; and so are the parts of what was uploaded by halves. */
function deletedAfter(days: number, prefix?: string): BucketRules {
  const matchesPrefix = prefix === undefined ? {} : { matchesPrefix: [prefix, ...partsOfUploads] };
  const expiry: StorageBucketLifecycleRule = { action: { type: 'Delete' }, condition: { age: days, ...matchesPrefix } };
  return {
    versioning: { enabled: false },
    softDeletePolicy: { retentionDurationSeconds: 0 },
    lifecycleRule: [expiry, abandonedUploads],
  };
}

function rulesOf({ forgets }: BucketKind): BucketRules {
  return forgets === undefined ? recoverable : deletedAfter(forgets.afterDays, forgets.prefix);
}

interface DeclaredBucket {
  readonly kind: Pick<BucketKind, 'suffix'>;
  readonly rules: BucketRules;
  readonly location: string;
}

/** The buckets of an environment. */
export function declareBuckets(scope: Construct, context: Context): void {
  const { environment, names, topology } = context;
  const { sources, rawArchive } = deliveryBuckets;
  const { stateRegion, dataLocation } = environment;
  const askedEverywhere = new Set(topology.functions.filter(isEverywhere).flatMap((spec) => Object.keys(spec.buckets)));
  const declared: readonly DeclaredBucket[] = [
    { kind: sources, rules: recoverable, location: stateRegion },
    ...Object.entries<BucketKind>(topology.kinds.buckets)
      .filter(([, { suffix }]) => suffix !== rawArchive.suffix)
      .map(([name, kind]) => ({
        kind,
        rules: rulesOf(kind),
        // What functions of every region ask, no region's loss takes along.
        location: askedEverywhere.has(name) ? dataLocation : stateRegion,
      })),
    ...(environment.rawArchive === undefined
      ? []
      : [{ kind: rawArchive, rules: deletedAfter(environment.rawArchive.retentionDays), location: stateRegion }]),
  ];
  const buckets = new Construct(scope, 'bucket');
  for (const { kind, rules, location } of declared) {
    const { suffix } = kind;
    const bucket = new StorageBucket(buckets, suffix, {
      name: names.bucket(kind),
      location,
      uniformBucketLevelAccess: true,
      publicAccessPrevention: 'enforced',
      forceDestroy: !environment.protectState,
      ...rules,
      lifecycle: protectedIn(context),
    });
    for (const { id, role, member } of context.bindingsOn({ kind: 'bucket', name: suffix })) {
      new StorageBucketIamMember(buckets, `${suffix}-${id}`, { bucket: bucket.name, role, member });
    }
  }
}

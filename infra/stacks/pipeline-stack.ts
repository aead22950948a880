import { CloudRunV2ServiceIamMember } from '@cdktf/provider-google/lib/cloud-run-v2-service-iam-member/index.js';
import { Cloudfunctions2Function } from '@cdktf/provider-google/lib/cloudfunctions2-function/index.js';
import { PubsubSubscription } from '@cdktf/provider-google/lib/pubsub-subscription/index.js';
import { PubsubSubscriptionIamMember } from '@cdktf/provider-google/lib/pubsub-subscription-iam-member/index.js';
import { PubsubTopicIamMember } from '@cdktf/provider-google/lib/pubsub-topic-iam-member/index.js';
import { PubsubTopicIamPolicy } from '@cdktf/provider-google/lib/pubsub-topic-iam-policy/index.js';
import { StorageBucketObject } from '@cdktf/provider-google/lib/storage-bucket-object/index.js';
import { StorageNotification } from '@cdktf/provider-google/lib/storage-notification/index.js';
import { AssetType, TerraformAsset, type TerraformResource } from 'cdktf';
import { Construct, type IConstruct } from 'constructs';
import type { JsonObject } from '../../shared/event/json.ts';
import { kinds, legacyMappingObject } from '../../shared/needs/kinds.ts';
import { sdksObjectName } from '../../shared/publication/schema-object.ts';
import { deliveryBuckets } from '../cloud-names.ts';
import type { Context } from '../constructs/context.ts';
import { EdiStack } from '../constructs/edi-stack.ts';
import { EventFunction } from '../constructs/event-function.ts';
import { Schedule } from '../constructs/schedule.ts';
import { declareReaders } from '../constructs/topic-readers.ts';
import { TopicWithDeadLetter } from '../constructs/topic-with-dead-letter.ts';
import { literal } from '../literal.ts';
import { datasets } from '../naming.ts';
import { regionsOf } from '../regions.ts';
import { type TopicWithReaders, topicsWithReaders } from '../topic-readers.ts';

/** Files that functions read, as they were merged. */
interface Uploaded {
  /** Content of `sdks.json`. */
  readonly sdks: JsonObject;
  /** Mappings of legacy files, by name. */
  readonly mappings: ReadonlyMap<string, JsonObject>;
}

/** The functions, and the topics between them. The topics of event types have stacks of their own. */
export class PipelineStack extends EdiStack {
  constructor(scope: Construct, context: Context, { sdks, mappings }: Uploaded) {
    super(scope, 'pipeline', context);
    for (const topic of topicsWithReaders(context.topology)) {
      if (!isOfRows(topic)) declareTopic(this, context, topic);
    }
    for (const spec of context.topology.functions) {
      const source = uploadArchive(this, context, spec.name);
      for (const region of regionsOf(spec, context.environment)) {
        new EventFunction(this, `${spec.name}-${region}`, { context, spec, region, source });
        if (spec.callers.kind !== 'schedule') continue;
        const id = spec.callers.everyRegion ? `${spec.name}-schedule-${region}` : `${spec.name}-schedule`;
        new Schedule(this, id, { context, spec, region, cron: spec.callers.cron });
      }
    }
    uploadSdks(this, context, sdks);
    for (const [name, mapping] of mappings) uploadMapping(this, context, { name, mapping });
  }
}

/** Whether a topic's messages are rows of a table of events. */
export function isOfRows({ readers }: TopicWithReaders): boolean {
  return readers.some(({ subscription: { target } }) => target.kind === 'table' && target.dataset === datasets.raw);
}

function declareTopic(scope: Construct, context: Context, topicSpec: TopicWithReaders): void {
  const parts = new Construct(scope, `topic-${topicSpec.name}`);
  const declared = new TopicWithDeadLetter(parts, 'messages', { context, spec: topicSpec });
  declareReaders(parts, { context, spec: topicSpec, declared });
}

/** From the notification of an upload to the topics that what it activates is published to. */
const uploadReaders = [
  Cloudfunctions2Function,
  CloudRunV2ServiceIamMember,
  PubsubSubscription,
  PubsubSubscriptionIamMember,
  PubsubTopicIamMember,
  PubsubTopicIamPolicy,
  StorageNotification,
] as const;

function isBeforeUploads(one: IConstruct): one is TerraformResource {
  return uploadReaders.some((kind) => one instanceof kind);
}

/** Beside the schemas, and before them: event types name the bindings that may send them. */
function uploadSdks(scope: Construct, { names }: Context, sdks: JsonObject): void {
  new StorageBucketObject(scope, 'sdks', {
    bucket: names.bucket(kinds.buckets.schemas),
    name: sdksObjectName,
    content: literal(`${JSON.stringify(sdks, null, 2)}\n`),
    contentType: 'application/json',
    // What hears of the upload and what it may do is there first: a topic that nobody reads drops its messages.
    dependsOn: scope.node.findAll().filter(isBeforeUploads),
  });
}

/** Beside the files that it is of, where export-legacy finds it. */
function uploadMapping(
  scope: Construct,
  { names }: Context,
  { name, mapping }: { readonly name: string; readonly mapping: JsonObject },
): void {
  new StorageBucketObject(scope, `mapping-${name}`, {
    bucket: names.bucket(kinds.buckets.legacy),
    name: legacyMappingObject(name),
    content: literal(`${JSON.stringify(mapping, null, 2)}\n`),
    contentType: 'application/json',
  });
}

/** The archive's hash is in the object's name: by another name the function is deployed again, by the same it is not. */
function uploadArchive(scope: Construct, { names, archives }: Context, name: string): StorageBucketObject {
  const archive = archives.get(name);
  if (archive === undefined) throw new Error(`there is no archive of ${name}; run "npm run build" first`);
  const asset = new TerraformAsset(scope, `${name}-archive`, {
    path: archive.path,
    type: AssetType.FILE,
    assetHash: archive.sha256,
  });
  return new StorageBucketObject(scope, `${name}-source`, {
    bucket: names.bucket(deliveryBuckets.sources),
    name: `${name}/${archive.sha256}.zip`,
    source: asset.path,
    contentType: 'application/zip',
    // The function is on the new archive before the old one goes.
    lifecycle: { createBeforeDestroy: true },
  });
}

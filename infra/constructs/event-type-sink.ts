import { BigqueryTable } from '@cdktf/provider-google/lib/bigquery-table/index.js';
import type { PubsubTopic } from '@cdktf/provider-google/lib/pubsub-topic/index.js';
import { StorageBucketObject } from '@cdktf/provider-google/lib/storage-bucket-object/index.js';
import { TerraformResource } from 'cdktf';
import { Construct } from 'constructs';
import { kinds } from '../../shared/needs/kinds.ts';
import { exactViewQuery } from '../exact-view.ts';
import { literal } from '../literal.ts';
import { archiveSubscription } from '../naming.ts';
import type { TopicWithReaders } from '../topic-readers.ts';
import type { ExactViewSpec, TableSpec } from '../topology.ts';
import { ArchiveSubscription } from './archive-subscription.ts';
import type { Context } from './context.ts';
import { SinkTable } from './sink-table.ts';
import { declareReaders } from './topic-readers.ts';
import { TopicWithDeadLetter } from './topic-with-dead-letter.ts';

export interface EventTypeSinkProps {
  readonly context: Context;
  readonly events: TopicWithReaders;
  readonly table: TableSpec;
  readonly labels: Readonly<Record<string, string>>;
  /** The schema file of a type that is deployed; absent for what several types share. */
  readonly schema?: SchemaUpload;
}

interface SchemaUpload {
  /** In the schema bucket. */
  readonly name: string;
  readonly content: string;
}

const archiveAckDeadlineSeconds = 600;
/** Pub/Sub's longest: it has no dead letter. */
const archiveRetentionDays = 31;

/**
 * Everything that an event type needs: topic, table, exact view, and the subscription that writes the rows. Its schema is
 * uploaded last, since the upload is what activates it.
 */
export class EventTypeSink extends Construct {
  constructor(scope: Construct, id: string, props: EventTypeSinkProps) {
    super(scope, id);
    const { context, events, table, labels, schema } = props;
    const declared = new TopicWithDeadLetter(this, 'events', { context, spec: events, labels });
    const base = new SinkTable(this, 'rows', { context, spec: table, labels }).table;
    declareReaders(this, { context, spec: events, declared, table: base, labels });
    if (table.exactView !== undefined) declareView(this, table.exactView, props, base);
    if (context.environment.rawArchive !== undefined) keepRaw(this, props, declared.topic);
    if (schema !== undefined) uploadSchema(this, context, schema);
  }
}

function declareView(
  scope: Construct,
  { dataset, view, alphaRows }: ExactViewSpec,
  { context, table, labels }: EventTypeSinkProps,
  base: BigqueryTable,
): void {
  new BigqueryTable(scope, 'exact-view', {
    datasetId: dataset,
    tableId: view,
    description: literal(table.description),
    labels: { ...labels },
    view: {
      query: literal(
        exactViewQuery({
          ...table,
          projectId: context.environment.projectId,
          ...(alphaRows === undefined ? {} : { alphaRows }),
        }),
      ),
      useLegacySql: false,
    },
    // It holds nothing, and a new column replaces it.
    deletionProtection: false,
    dependsOn: [base],
  });
}

/** Files need no dead letter: a bucket takes any message, and what cannot be written is kept and tried again. */
function keepRaw(scope: Construct, { context, events, labels }: EventTypeSinkProps, topic: PubsubTopic): void {
  const [reader] = events.readers;
  if (reader === undefined) return;
  const { deadLetter: _, ...spec } = reader.subscription;
  const name = archiveSubscription(events.name);
  const archive = { ...spec, name, ackDeadlineSeconds: archiveAckDeadlineSeconds, retentionDays: archiveRetentionDays };
  new ArchiveSubscription(scope, 'raw-archive', { context, spec: archive, topic, labels, bucket: 'rawArchive' });
}

function uploadSchema(scope: Construct, { names }: Context, { name, content }: SchemaUpload): void {
  // The right to publish to the topic, too: a type that is active and refused is tried again and again.
  const parts = scope.node.findAll().filter((one) => TerraformResource.isTerraformResource(one));
  new StorageBucketObject(scope, 'schema', {
    bucket: names.bucket(kinds.buckets.schemas),
    name,
    content: literal(content),
    contentType: 'application/schema+json',
    dependsOn: parts,
  });
}

import type { PubsubTopic } from '@cdktf/provider-google/lib/pubsub-topic/index.js';
import type { Construct } from 'constructs';
import { lineOf } from '../../shared/http/line.ts';
import type { TopicWithReaders } from '../topic-readers.ts';
import type { SubscriptionSpec } from '../topology.ts';
import type { Context } from './context.ts';
import { PushSubscription } from './push-subscription.ts';
import { type TableName, TableSubscription } from './table-subscription.ts';
import type { TopicWithDeadLetter } from './topic-with-dead-letter.ts';

export interface ReadersProps {
  readonly context: Context;
  readonly spec: TopicWithReaders;
  readonly declared: TopicWithDeadLetter;
  readonly labels?: Readonly<Record<string, string>>;
  /** The table of the topic's rows, where the same stack makes it. */
  readonly table?: TableName;
}

/** The subscriptions of a topic, and those of its dead letters: the second lines, and who writes down what was unfit. */
export function declareReaders(scope: Construct, props: ReadersProps): void {
  const { declared, spec } = props;
  for (const { subscription, deadLetterReaders } of spec.readers) {
    const deadLetterTopic = declared.deadLetterTopics.get(subscription.name);
    if (deadLetterTopic === undefined) continue;
    declareReader(scope, props, { spec: subscription, topic: declared.topic, deadLetterTopic });
    for (const reader of deadLetterReaders) declareReader(scope, props, { spec: reader, topic: deadLetterTopic });
  }
}

interface Reader {
  readonly spec: SubscriptionSpec;
  readonly topic: PubsubTopic;
  readonly deadLetterTopic?: PubsubTopic;
}

function declareReader(
  scope: Construct,
  { context, table, labels }: Pick<ReadersProps, 'context' | 'table' | 'labels'>,
  read: Reader,
): void {
  const { name, target } = read.spec;
  const reader = labels === undefined ? read : { ...read, labels };
  const again = lineOf(name) === 'second' ? '-again' : '';
  if (target.kind === 'push') {
    const region = context.environment.stateRegion;
    const push = { context, ...reader, function: target.function, region };
    new PushSubscription(scope, `to-${target.function}${again}`, push);
    return;
  }
  const { dataset: datasetId, table: tableId, row } = target;
  if (row === 'message') {
    const unfit = { context, ...reader, row, table: { datasetId, tableId } };
    new TableSubscription(scope, 'unfit-rows', unfit);
    return;
  }
  const rows = { context, ...reader, row, table: table ?? { datasetId, tableId } };
  new TableSubscription(scope, `to-table${again}`, rows);
}

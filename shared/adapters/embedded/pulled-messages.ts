import type { SubscriptionDeclaration } from '../../ports/bus-topology.ts';
import type { PulledMessage } from '../../ports/message-reader.ts';
import { ackIdOf } from './held-leases.ts';
import { firstMessageId, type LeasedRecord } from './pubsub-store.ts';
import { fullSubscriptionName } from './pubsub-topology.ts';

/** The messages of a record, as a reader of the subscription is given them. */
export function pulledMessages(record: LeasedRecord, { name, deadLetter }: SubscriptionDeclaration): PulledMessage[] {
  const { publishTimeMillis, attempts: deliveryAttempt } = record;
  const subscription = fullSubscriptionName(name);
  let id = firstMessageId(record);
  return record.messages.map(({ data, attributes }) => {
    const message = { ackId: ackIdOf(id, record), messageId: String(id), data, attributes, publishTimeMillis };
    id++;
    return deadLetter === undefined ? { ...message, subscription } : { ...message, subscription, deliveryAttempt };
  });
}

import { tableRetentionDays } from '../shared/operations/lines-config.ts';
import { datasets, deadLetterTopic, secondLineSubscription, unfitRowsSubscription, unfitRowsTable } from './naming.ts';

interface DeadLetterSpec {
  readonly topic: string;
  /** 5 to 100. */
  readonly maxDeliveryAttempts: number;
}

export interface SubscriptionSpec {
  readonly name: string;
  readonly topic: string;
  /** 10 to 600; for a push also how long its request may take. */
  readonly ackDeadlineSeconds: number;
  readonly minBackoffSeconds: number;
  readonly maxBackoffSeconds: number;
  /** 1 to 31: a message that nobody acknowledged is gone after it. */
  readonly retentionDays: number;
  /** Absent for the subscriptions that read dead letters themselves. */
  readonly deadLetter?: DeadLetterSpec;
  readonly target: SubscriptionTarget;
}

export type SubscriptionTarget =
  | { readonly kind: 'push'; readonly function: string; readonly maxOutstandingMessages: number }
  | {
      readonly kind: 'table';
      readonly dataset: string;
      readonly table: string;
      /** The row that is written: the message's JSON by the table's columns, or the message itself with its attributes. */
      readonly row: 'json' | 'message';
    };

/** Pub/Sub's longest. Stages purge what is older than 29 days by its seal, long before. */
const stageRetentionDays = 31;

/** How every subscription delivers. */
export interface DeliverySettings
  extends Pick<SubscriptionSpec, 'ackDeadlineSeconds' | 'minBackoffSeconds' | 'maxBackoffSeconds'> {
  /** 5 to 100. */
  readonly maxDeliveryAttempts: number;
  /** Between two tries of a dead letter; 0 to 600. */
  readonly secondLineBackoffSeconds: number;
}

/**
 * An outage must not become a dead letter: 100 attempts with this backoff last some 15 hours. After that a message leaves
 * the line for the second one, which tries it every ten minutes (Pub/Sub's longest backoff) for weeks. The ack deadline
 * bounds a push request; a batch takes milliseconds, a slow dependency seconds.
 */
export const defaultDelivery: DeliverySettings = {
  ackDeadlineSeconds: 60,
  minBackoffSeconds: 10,
  maxBackoffSeconds: 600,
  maxDeliveryAttempts: 100,
  secondLineBackoffSeconds: 600,
};

/** What reads a topic. */
export type Reader = Pick<SubscriptionSpec, 'name' | 'topic' | 'target'> & {
  /** Of a reader that takes longer than the others do. */
  readonly ackDeadlineSeconds?: number;
};

interface FirstLine extends SubscriptionSpec {
  readonly deadLetter: DeadLetterSpec;
}

export function firstLine(reader: Reader, delivery: DeliverySettings): FirstLine {
  const { maxDeliveryAttempts, secondLineBackoffSeconds: _, ...timing } = delivery;
  const deadLetter = { topic: deadLetterTopic(reader.name), maxDeliveryAttempts };
  const retentionDays = reader.target.kind === 'table' ? tableRetentionDays.first : stageRetentionDays;
  return { ...timing, ...reader, retentionDays, deadLetter };
}

/** What few messages it serves at once cannot disturb the first line at the same target. */
const secondLineOutstandingMessages = 4;

/** Delivers dead letters to where they were to go, until they are taken or too old. */
export function secondLine(first: FirstLine, delivery: DeliverySettings): SubscriptionSpec {
  const { name, deadLetter, target, ackDeadlineSeconds } = first;
  const { secondLineBackoffSeconds } = delivery;
  return {
    name: secondLineSubscription(name),
    topic: deadLetter.topic,
    ackDeadlineSeconds,
    minBackoffSeconds: secondLineBackoffSeconds,
    maxBackoffSeconds: secondLineBackoffSeconds,
    retentionDays: target.kind === 'table' ? tableRetentionDays.second : stageRetentionDays,
    target: target.kind === 'push' ? { ...target, maxOutstandingMessages: secondLineOutstandingMessages } : target,
  };
}

/**
 * Writes the rows that a table did not take down beside it. Of events only, which are pseudonymized: what quarantine holds
 * must be gone with quarantine's retention.
 */
export function unfitRows({ topic, deadLetter }: FirstLine, delivery: DeliverySettings): SubscriptionSpec {
  const { maxDeliveryAttempts: _, secondLineBackoffSeconds: __, ...timing } = delivery;
  return {
    name: unfitRowsSubscription(topic),
    topic: deadLetter.topic,
    ...timing,
    retentionDays: stageRetentionDays,
    target: { kind: 'table', dataset: datasets.operations, table: unfitRowsTable, row: 'message' },
  };
}

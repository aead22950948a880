import { readBatchAttributes } from '../batch/batch-attributes.ts';
import type { BatchIndexEntry } from '../batch/batch-index.ts';
import { decodeMarks } from '../batch/marks.ts';
import { openBatch } from '../batch/sealed-batch.ts';
import { formatMillis } from '../event/time.ts';
import type { LossReason } from '../outcome/outcome.ts';
import type { Loss } from '../ports/operations.ts';
import type { DeliveredMessage } from '../ports/publisher.ts';

/** How a stage loses events. */
export interface LostWith {
  readonly stage: string;
  readonly reason: LossReason;
  /** For what of the message cannot be read. */
  readonly sealedAtMillis: number;
}

/**
 * The events that go with a message, by day and type: those of its index that dedup has not found to be duplicates. Of a
 * message that cannot be read as many as it says of itself, or one.
 */
export function lossesOfMessage(message: DeliveredMessage, lost: LostWith): Loss[] {
  const opened = openBatch(message);
  if (opened.kind === 'unreadable') {
    const { sdk, events = 1 } = readBatchAttributes(message);
    const day = dayText(lost.sealedAtMillis);
    return [{ ...keyed(message, lost), day, ...(sdk === undefined ? {} : { sdk }), events }];
  }
  const { entries } = opened.batch.index;
  const marks = decodeMarks(message.attributes['marks'], entries.length);
  return lossesOf(
    entries.filter((_, at) => marks?.[at]?.forward !== false),
    message,
    { ...lost, sdk: opened.batch.sdk },
  );
}

/** Losses of some events of a message, one for each day and type. */
export function lossesOf(
  entries: readonly BatchIndexEntry[],
  message: DeliveredMessage,
  lost: Omit<LostWith, 'sealedAtMillis'> & { readonly sdk: string },
): Loss[] {
  const groups = Map.groupBy(entries, ({ timeMicros, type }) => `${dayText(timeMicros / 1_000)} ${type}`);
  return [...groups].map(([group, { length: events }]) => {
    const [day = '', type = ''] = group.split(' ', 2);
    return { ...keyed(message, lost), day, type, sdk: lost.sdk, events };
  });
}

function keyed({ messageId }: DeliveredMessage, { stage, reason }: Pick<LostWith, 'stage' | 'reason'>) {
  return { key: `${stage}:${messageId}`, stage, reason };
}

const dayLength = '2026-11-28'.length;

function dayText(millis: number): string {
  return (formatMillis(millis) ?? new Date(0).toISOString()).slice(0, dayLength);
}

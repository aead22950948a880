import type { Erasure } from '../ports/erasures.ts';
import type { Publisher } from '../ports/publisher.ts';

export interface AnnouncePorts {
  readonly publisher: Publisher;
  /** Topic `subject-erased`. */
  readonly erasedTopic: string;
}

/** A part of an erasure: it begins after so many that were named before. */
export interface ErasedPart {
  readonly id: string;
  readonly at: number;
  readonly pseudonyms: readonly string[];
}

/**
 * Tells those who copied streams that people of theirs are erased: JSON `{erasure, at, pseudonyms, deadline}`. Which ones
 * only the caller knows, who had their pseudonyms made before; a message without any says that somebody was. At least once
 * for each part. Rejects with `Unavailable`.
 */
export async function announce(
  { id, at, pseudonyms }: ErasedPart,
  { unreadableFromMillis }: Pick<Erasure, 'unreadableFromMillis'>,
  { publisher, erasedTopic }: AnnouncePorts,
): Promise<void> {
  const deadline = new Date(unreadableFromMillis).toISOString();
  const data = Buffer.from(JSON.stringify({ erasure: id, at, pseudonyms, deadline }));
  await publisher.publish(erasedTopic, [{ data, attributes: { erasure: id, deadline } }]);
}

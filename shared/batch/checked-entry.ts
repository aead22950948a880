import type { Checked } from '../event-types/check-event.ts';
import type { BatchIndexEntry } from './batch-index.ts';

/** What the index of a sealed batch says of an event that was checked, wherever in the batch it stands. */
export function checkedEntry({ envelope, eventType }: Checked): Omit<BatchIndexEntry, 'segment'> {
  const { source, id, timeMicros, type } = envelope;
  return { source, id, timeMicros, type, revision: eventType.revision };
}

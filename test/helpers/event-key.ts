import type { KeyObject } from 'node:crypto';
import { eventKeysOf } from '../../shared/event/event-key.ts';

/** Of one event alone. */
export function eventKey(
  identityKey: KeyObject,
  namespace: string,
  event: { readonly source: string; readonly id: string; readonly timeMicros: number },
): string {
  const [key = ''] = eventKeysOf(identityKey)(namespace, [event]);
  return key;
}

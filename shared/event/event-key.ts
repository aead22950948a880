import type { KeyObject } from 'node:crypto';
import { keyedHashText } from '../crypto/keyed-hash.ts';

/**
 * The public name of an event's identity (source, id, time) in its namespace: 128 bits of a keyed hash, base64url. Whoever reads a
 * stream, which is delivered at least once, deduplicates by it; it tells nothing about the parts.
 */
export function eventKey(
  identityKey: KeyObject,
  namespace: string,
  event: { readonly source: string; readonly id: string; readonly timeMicros: number },
): string {
  const parts = [namespace, event.source, event.id, String(event.timeMicros)];
  return keyedHashText(identityKey, 'edi.event.v2', parts, 16);
}

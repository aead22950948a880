import type { KeyObject } from 'node:crypto';
import { keyedHashes } from '../crypto/keyed-hashes.ts';

const keyBytes = 16;
/** Of base64, whose digits say six bits. */
const keyDigits = 22;
/** Whole digits for each, so that all are written at once. */
const strideBytes = 18;
const strideDigits = 24;

type Events = readonly { readonly source: string; readonly id: string; readonly timeMicros: number }[];

/** Of events in a namespace, in their order. */
export type EventKeys = (namespace: string, events: Events) => string[];

/**
 * The public names of identities (source, id, time) in a namespace, in their order: 128 bits of a keyed hash, base64url. Whoever
 * reads a stream, which is delivered at least once, deduplicates by it; it tells nothing about the parts. The key is
 * prepared once.
 */
export function eventKeysOf(identityKey: KeyObject): EventKeys {
  const hashesOf = keyedHashes<{ readonly namespace: string; readonly events: Events }>(
    identityKey,
    'edi.event.v2',
    { prefixBytes: keyBytes, strideBytes },
    (parts, { namespace, events }, at) => {
      const event = events[at];
      if (event === undefined) throw new Error('a key is asked for of no event');
      parts.text(namespace);
      parts.text(event.source);
      parts.text(event.id);
      parts.whole(event.timeMicros);
    },
  );
  return (namespace, events) => {
    const hashes = hashesOf({ namespace, events }, events.length);
    const digits = Buffer.from(hashes.buffer).toString('base64url');
    const keys: string[] = [];
    for (let at = 0; at < digits.length; at += strideDigits) keys.push(digits.slice(at, at + keyDigits));
    return keys;
  };
}

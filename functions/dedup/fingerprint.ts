import type { KeyObject } from 'node:crypto';
import type { BatchIndexEntry } from '../../shared/batch/batch-index.ts';
import { keyedHashHexes, keyedHashText } from '../../shared/crypto/keyed-hash.ts';
import type { Namespace } from '../../shared/sdks/sdk-bindings.ts';

/** Bytes of a fingerprint; two events of one document share one with a probability of 2^-64. */
const fingerprintBytes = 8;

type Identity = Pick<BatchIndexEntry, 'source' | 'id' | 'timeMicros'>;

/**
 * Key of the claim document of an event: keyed hash of (namespace, source, floor(time / width)). The identity is the same on
 * every resend, so a resend finds the same document, weeks later.
 */
export function claimDocumentKey(
  claimsKey: KeyObject,
  namespace: Pick<Namespace, 'name' | 'bucketWidthMillis'>,
  event: Identity,
): string {
  const bucket = bucketOf(namespace, event);
  const parts = [namespace.name, event.source, `${namespace.bucketWidthMillis}/${bucket}`];
  return keyedHashText(claimsKey, 'edi.claim-document.v2', parts, 20);
}

/** Number of the bucket that an event's time is in. */
export function bucketOf(
  { bucketWidthMillis }: Pick<Namespace, 'bucketWidthMillis'>,
  { timeMicros }: Identity,
): number {
  return Math.floor(timeMicros / (bucketWidthMillis * 1_000));
}

/** 64 bits that stand for (id, time) inside a claim document, as 16 hexadecimal digits. */
export type Fingerprint = string;

/** Makes fingerprints. For many: what all of them begin with is made once. */
export function fingerprintsOf(claimsKey: KeyObject): (event: Identity) => Fingerprint {
  const hashOf = keyedHashHexes(claimsKey, 'edi.claim.v2', { common: [], prefixBytes: fingerprintBytes });
  return (event) => hashOf([event.id, String(event.timeMicros)]);
}

/** Packs fingerprints, 8 bytes each, behind those of `before`. */
export function packFingerprints(before: Uint8Array | undefined, fresh: readonly Fingerprint[]): Uint8Array {
  const packed = Buffer.from(fresh.join(''), 'hex');
  return before === undefined ? packed : Buffer.concat([before, packed]);
}

/** By so much of it what is not looked for is told without making a text of it: the digits that an integer of V8 holds. */
const headDigits = 7;

/** Finds those of some fingerprints that are among packed ones. */
export function finderOf(wanted: ReadonlyMap<Fingerprint, unknown>): (packed: Uint8Array) => Fingerprint[] {
  const heads = new Set<number>();
  for (const print of wanted.keys()) heads.add(Number.parseInt(print.slice(0, headDigits), 16));
  return (packed) => {
    const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
    const found: Fingerprint[] = [];
    for (let at = 0; at + fingerprintBytes <= bytes.length; at += fingerprintBytes) {
      if (!heads.has(bytes.readUInt32BE(at) >>> 4)) continue;
      const print = bytes.toString('hex', at, at + fingerprintBytes);
      if (wanted.has(print)) found.push(print);
    }
    return found;
  };
}

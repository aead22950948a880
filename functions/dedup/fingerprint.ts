import type { KeyObject } from 'node:crypto';
import type { BatchIndexEntry } from '../../shared/batch/batch-index.ts';
import { keyedHash, keyedHashText } from '../../shared/crypto/keyed-hash.ts';
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

/** 64 bits that stand for (id, time) inside a claim document. */
export function fingerprint(claimsKey: KeyObject, event: Identity): bigint {
  return keyedHash(claimsKey, 'edi.claim.v2', [event.id, String(event.timeMicros)]).readBigUInt64BE(0);
}

/** Packs fingerprints, 8 bytes each, behind those of `before`. */
export function packFingerprints(before: Uint8Array | undefined, fresh: readonly bigint[]): Uint8Array {
  const offset = before?.length ?? 0;
  const packed = Buffer.alloc(offset + fresh.length * fingerprintBytes);
  if (before !== undefined) packed.set(before);
  for (const [at, value] of fresh.entries()) packed.writeBigUInt64BE(value, offset + at * fingerprintBytes);
  return packed;
}

export function unpackFingerprints(packed: Uint8Array): Set<bigint> {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const values = new Set<bigint>();
  for (let at = 0; at + fingerprintBytes <= packed.length; at += fingerprintBytes) values.add(view.getBigUint64(at));
  return values;
}

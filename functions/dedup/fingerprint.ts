import type { KeyObject } from 'node:crypto';
import type { BatchIdentities } from '../../shared/batch/batch-index.ts';
import { keyedHashText } from '../../shared/crypto/keyed-hash.ts';
import { keyedHashes } from '../../shared/crypto/keyed-hashes.ts';
import type { Namespace } from '../../shared/sdks/sdk-bindings.ts';

/** Bytes of a fingerprint; two events of one document share one with a probability of 2^-64. */
const fingerprintBytes = 8;

interface Identity {
  readonly source: string;
  readonly timeMicros: number;
}

/**
 * Key of the claim document of an event: keyed hash of (namespace, source, floor(time / width)). The identity is the same on
 * every resend, so a resend finds the same document, weeks later.
 */
export function claimDocumentKey(
  claimsKey: KeyObject,
  namespace: Pick<Namespace, 'name' | 'bucketWidthMillis'>,
  event: Identity,
): string {
  const bucket = bucketOf(namespace, event.timeMicros);
  const parts = [namespace.name, event.source, `${namespace.bucketWidthMillis}/${bucket}`];
  return keyedHashText(claimsKey, 'edi.claim-document.v2', parts, 20);
}

/** Number of the bucket that a time is in. */
export function bucketOf({ bucketWidthMillis }: Pick<Namespace, 'bucketWidthMillis'>, timeMicros: number): number {
  return Math.floor(timeMicros / (bucketWidthMillis * 1_000));
}

/** 64 bits for each event, packed, that stand for (id, time) inside a claim document. */
export type Fingerprints = Uint8Array;

type IdsAndTimes = Pick<BatchIdentities, 'ids' | 'idStarts' | 'timesMicros'>;

/** Makes the fingerprints of the events of a batch, in their order. */
export function fingerprintsOf(claimsKey: KeyObject): (events: IdsAndTimes) => Fingerprints {
  const hashesOf = keyedHashes<IdsAndTimes>(
    claimsKey,
    'edi.claim.v2',
    { prefixBytes: fingerprintBytes },
    (parts, { ids, idStarts, timesMicros }, at) => {
      parts.bytes(ids, idStarts[at] ?? 0, idStarts[at + 1] ?? 0);
      parts.whole(timesMicros[at] ?? 0);
    },
  );
  return (events) => hashesOf(events, events.timesMicros.length);
}

const noBytes = new Uint8Array(0);

/** Packs the fingerprints at some positions, behind those of `before`. */
export function packFingerprints(
  before: Uint8Array | undefined,
  prints: Fingerprints,
  positions: readonly number[],
): Uint8Array {
  const start = before?.length ?? 0;
  const packed = new Uint8Array(start + positions.length * fingerprintBytes);
  if (before !== undefined) packed.set(before);
  let to = start;
  for (const position of positions) {
    const from = position * fingerprintBytes;
    for (let at = from; at < from + fingerprintBytes; at++) packed[to++] = prints[at] ?? 0;
  }
  return packed;
}

/** Of a fingerprint in hexadecimal the digit at a place. */
export function digitOf(prints: Fingerprints, position: number, place: number): number {
  const byte = prints[position * fingerprintBytes + (place >> 1)] ?? 0;
  return place % 2 === 0 ? byte >> 4 : byte & 15;
}

const wordBytes = 4;

/** Finds fingerprints among those at some positions: open addressing, by bits that are as good as random. */
export class PrintTable {
  /** Lives for ever: a collection that finds no table alive takes their shape, and with it all code that was optimized for it. */
  static readonly kept = new PrintTable(noBytes, []);

  /** Two a fingerprint. */
  readonly #words: Int32Array;
  readonly #positions: readonly number[];
  /** A place among the positions plus 1, or 0. At most half of them are taken. */
  readonly #slots: Int32Array;
  readonly #mask: number;

  constructor(prints: Fingerprints, positions: readonly number[]) {
    let size = 8;
    while (size < positions.length * 2) size *= 2;
    this.#words = wordsOf(prints);
    this.#positions = positions;
    this.#slots = new Int32Array(size);
    this.#mask = size - 1;
  }

  /** Adds the position at this place. Answers the place that has the same fingerprint, -1 where there is none. */
  add(place: number): number {
    const at = (this.#positions[place] ?? 0) * 2;
    const slot = this.#slotOf(this.#words[at] ?? 0, this.#words[at + 1] ?? 0);
    const taken = this.#slots[slot] ?? 0;
    if (taken === 0) this.#slots[slot] = place + 1;
    return taken - 1;
  }

  /** Tells the place of each packed fingerprint that was added. */
  findIn(packed: Uint8Array, found: (place: number) => void): void {
    const words = wordsOf(packed);
    const [slots, mask] = [this.#slots, this.#mask];
    for (let at = 0; at + 1 < words.length; at += 2) {
      const one = words[at] ?? 0;
      // Mostly there is none, which an empty slot tells at once.
      if (slots[one & mask] === 0) continue;
      const place = (slots[this.#slotOf(one, words[at + 1] ?? 0)] ?? 0) - 1;
      if (place >= 0) found(place);
    }
  }

  /** The slot of a fingerprint, or the free one where it belongs. */
  #slotOf(one: number, other: number): number {
    let slot = one & this.#mask;
    for (;;) {
      const taken = this.#slots[slot] ?? 0;
      if (taken === 0) return slot;
      const held = (this.#positions[taken - 1] ?? 0) * 2;
      if (this.#words[held] === one && this.#words[held + 1] === other) return slot;
      slot = (slot + 1) & this.#mask;
    }
  }
}

/** Packed fingerprints as words, two each; what is left over behind the last is none. Storage may answer with bytes anywhere. */
function wordsOf(packed: Uint8Array): Int32Array {
  const aligned = packed.byteOffset % wordBytes === 0 ? packed : new Uint8Array(packed);
  return new Int32Array(aligned.buffer, aligned.byteOffset, Math.floor(aligned.length / wordBytes));
}

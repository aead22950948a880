import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { uuidV7Millis } from '../event/uuid.ts';
import type { BatchProblem } from '../outcome/outcome.ts';
import type { Message } from '../ports/publisher.ts';
import { type BatchIdentities, type BatchIndex, decodeBatchIdentities, decodeBatchIndex } from './batch-index.ts';
import { encodeBatchIndex, hasUuids } from './encode-batch-index.ts';
import { giveBackStep, takenOutOfStep, zlibStepBytes } from './zlib-steps.ts';

/**
 * One Pub/Sub message that carries many events.
 *
 *     data        "EDI2" | u32 big endian: length of the index | index | payload (zstd)
 *     attributes  seal, sdk, count, encoding, format; the region of ingest where that is told; of a replay also replayed
 *
 * The index is compressed (zstd, too) where that is worth its time. The payload is the requests' JSON arrays one after the
 * other, in the clients' own bytes where all their events were accepted. Dedup forwards `data` untouched and adds the
 * attribute `marks`.
 */
export interface SealedBatch extends Sealed {
  readonly index: BatchIndex;
  readonly compressedPayload: Uint8Array;
}

interface Sealed {
  /** UUIDv7, made when the batch was sealed. Owner of the claims of its events; kept by redelivery and replay. */
  readonly seal: string;
  readonly sdk: string;
  /** Where ingest sealed it. */
  readonly region?: string;
  /** Its events were in quarantine under this seal, and a replay sends them. */
  readonly replayed?: true;
}

/** Bound on what a received batch may inflate to: more than ingest ever seals (`maxSealBytes`), far below memory. */
export const maxUnsealedBytes = 16 * 1_048_576;

const magic = Buffer.from('EDI2', 'latin1');
const headerBytes = magic.length + 4;
const noBytes = Buffer.alloc(0);
// Level 1 costs a third of the default's time, for some percent of size (measured on 50 events: 22 µs).
const zstdOptions = { params: { [constants.ZSTD_c_compressionLevel]: 1 }, chunkSize: zlibStepBytes };

export interface UnsealedBatch {
  readonly seal: string;
  readonly sdk: string;
  readonly region?: string;
  readonly replayed?: true;
  readonly index: BatchIndex;
  /** One per segment, each the UTF-8 JSON array of its events. */
  readonly segments: readonly Uint8Array[];
}

/** Makes the message of a batch. Segments are the index's, in order. */
export function sealBatch(batch: UnsealedBatch): Message {
  const index = indexPart(batch.index);
  const payload = zstdCompressSync(inOnePiece(batch.segments), zstdOptions);
  const header = Buffer.alloc(headerBytes);
  magic.copy(header);
  header.writeUInt32BE(index.length, magic.length);
  const data = Buffer.concat([header, index, payload]);
  giveBackStep(index);
  giveBackStep(payload);
  return {
    data,
    attributes: {
      seal: batch.seal,
      sdk: batch.sdk,
      count: String(batch.index.entries.length),
      encoding: 'zstd',
      format: '2',
      ...(batch.region === undefined ? {} : { region: batch.region }),
      ...(batch.replayed ? { replayed: 'true' } : {}),
    },
  };
}

/** What is compressed is not kept: payloads of up to so many bytes are joined in one place, which no collection has to free. */
const joinedBytes = 1_048_576;
let joined = noBytes;

/** For whoever is done with it at once. */
function inOnePiece(segments: readonly Uint8Array[]): Uint8Array {
  const [own = noBytes, ...others] = segments;
  if (others.length === 0) return own;
  const length = segments.reduce((sum, segment) => sum + segment.length, 0);
  if (length > joinedBytes) return Buffer.concat(segments);
  if (joined.length === 0) joined = Buffer.allocUnsafeSlow(joinedBytes);
  let end = 0;
  for (const segment of segments) {
    joined.set(segment, end);
    end += segment.length;
  }
  return joined.subarray(0, end);
}

/**
 * Of an index whose ids are UUIDs, with little else, zstd saves next to nothing, for more time than to write and read it. So it is
 * left out up to so many bytes and so many an event: an id, its time, and a byte for each column. Of other ids it saves
 * something, unless they are few.
 */
const plainBytes = 128;
const plainBytesPerUuid = 24;
const plainBytesOfTexts = 256;

function indexPart(index: BatchIndex): Uint8Array {
  const bytes = encodeBatchIndex(index);
  const maxPlainBytes = hasUuids(bytes) ? plainBytes + plainBytesPerUuid * index.entries.length : plainBytesOfTexts;
  return bytes.length <= maxPlainBytes ? bytes : zstdCompressSync(bytes, zstdOptions);
}

/** The first byte of every zstd frame (RFC 8878 section 3.1.1), which no version of an index begins with. */
const zstdFirstByte = 0x28;

export type OpenedBatch = { readonly kind: 'batch'; readonly batch: SealedBatch } | Unreadable;
export interface Unreadable {
  readonly kind: 'unreadable';
  readonly problem: BatchProblem;
}

/** A batch of which only its events' identities were read. */
interface IdentifiedBatch extends Sealed {
  readonly kind: 'batch';
  readonly identities: BatchIdentities;
}

/** Reads a message's attributes and index; the payload stays compressed. */
export function openBatch(message: Message): OpenedBatch {
  const parts = partsOf(message);
  if ('kind' in parts) return parts;
  const index = decodeBatchIndex(parts.index);
  if (index === undefined) return unreadable('the index cannot be read');
  return { kind: 'batch', batch: { ...parts.sealed, index, compressedPayload: parts.compressedPayload } };
}

/** `openBatch` for whoever asks for identities alone: a fraction of the time. Unreadable are the same messages. */
export function openIdentities(message: Message): IdentifiedBatch | Unreadable {
  const parts = partsOf(message);
  if ('kind' in parts) return parts;
  const identities = decodeBatchIdentities(parts.index);
  if (identities === undefined) return unreadable('the index cannot be read');
  return { kind: 'batch', ...parts.sealed, identities };
}

interface Parts {
  readonly sealed: Sealed;
  /** As `encodeBatchIndex` made it. */
  readonly index: Uint8Array;
  readonly compressedPayload: Uint8Array;
}

function partsOf(message: Message): Parts | Unreadable {
  const { seal, sdk, region, encoding, format, replayed } = message.attributes;
  if (seal === undefined || sdk === undefined || encoding !== 'zstd' || format !== '2') {
    return unreadable('attributes seal, sdk, encoding "zstd" and format "2" are needed');
  }
  if (uuidV7Millis(seal) === undefined) return unreadable('attribute seal is not a UUIDv7');
  const data = Buffer.from(message.data.buffer, message.data.byteOffset, message.data.byteLength);
  if (data.length < headerBytes || !data.subarray(0, magic.length).equals(magic)) return unreadable('no EDI2 header');
  const payloadStart = headerBytes + data.readUInt32BE(magic.length);
  if (payloadStart > data.length) return unreadable('the index is longer than the message');
  const part = data.subarray(headerBytes, payloadStart);
  const index = part[0] === zstdFirstByte ? inflatedIndex(part) : part;
  if (index === undefined) return unreadable('the index cannot be read');
  const ofReplay = replayed === 'true' ? ({ replayed: true } as const) : {};
  const sealed = { seal, sdk, ...(region === undefined ? {} : { region }), ...ofReplay };
  return { sealed, index, compressedPayload: data.subarray(payloadStart) };
}

/** The payload's segments, in the order of the index, as texts: each the JSON of its events. */
export function openPayload(batch: SealedBatch): { kind: 'segments'; segments: string[] } | Unreadable {
  const payload = inflate(batch.compressedPayload);
  if (payload === undefined) return unreadable('the payload cannot be decompressed');
  const segments: string[] = [];
  let start = 0;
  for (const { lengthBytes } of batch.index.segments) {
    segments.push(payload.toString('utf8', start, start + lengthBytes));
    start += lengthBytes;
  }
  const isWhole = start === payload.length;
  giveBackStep(payload);
  return isWhole ? { kind: 'segments', segments } : unreadable('index and payload differ in length');
}

/** To keep, since what is read of an index lies in its bytes. */
function inflatedIndex(bytes: Uint8Array): Uint8Array | undefined {
  const inflated = inflate(bytes);
  return inflated && takenOutOfStep(inflated);
}

function inflate(bytes: Uint8Array): Buffer | undefined {
  try {
    return zstdDecompressSync(bytes, { maxOutputLength: maxUnsealedBytes, chunkSize: zlibStepBytes });
  } catch {
    return undefined;
  }
}

function unreadable(problem: BatchProblem): Unreadable {
  return { kind: 'unreadable', problem };
}

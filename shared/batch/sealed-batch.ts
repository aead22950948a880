import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { parseJson } from '../event/json.ts';
import { uuidV7Millis } from '../event/uuid.ts';
import type { BatchProblem } from '../outcome/outcome.ts';
import type { Message } from '../ports/publisher.ts';
import {
  type BatchIdentities,
  type BatchIndex,
  type BatchSegment,
  type DecodedIndex,
  decodeBatchIdentities,
  decodeBatchIndex,
  withTypes,
} from './batch-index.ts';
import { encodeBatchIndex, hasUuids } from './encode-batch-index.ts';
import { giveBackStep, takenOutOfStep, zlibStepBytes } from './zlib-steps.ts';

/**
 * One Pub/Sub message that carries many events.
 *
 *     data        "EDI2" | u32 big endian: length of the index | index | payload (zstd)
 *     attributes  seal, sdk, count, encoding, format; the region of ingest where that is told; of a replay also replayed
 *
 * The index is compressed (zstd, too) where that is worth its time. The payload is the requests' JSON arrays one after the
 * other, in the clients' own bytes where all their events were accepted, and then one of the names of the index's types, which
 * dedup does not read. Dedup forwards `data` untouched and adds the attribute `marks`.
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
  const { bytes, types } = encodeBatchIndex(batch.index);
  const index = indexPart(bytes, batch.index.entries.length);
  const payload = zstdCompressSync(inOnePiece([...batch.segments, Buffer.from(JSON.stringify(types))]), zstdOptions);
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
function inOnePiece(parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  if (length > joinedBytes) return Buffer.concat(parts);
  if (joined.length === 0) joined = Buffer.allocUnsafeSlow(joinedBytes);
  let end = 0;
  for (const part of parts) {
    joined.set(part, end);
    end += part.length;
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

function indexPart(bytes: Uint8Array, events: number): Uint8Array {
  const maxPlainBytes = hasUuids(bytes) ? plainBytes + plainBytesPerUuid * events : plainBytesOfTexts;
  return bytes.length <= maxPlainBytes ? bytes : zstdCompressSync(bytes, zstdOptions);
}

/** The first byte of every zstd frame (RFC 8878 section 3.1.1), which no version of an index begins with. */
const zstdFirstByte = 0x28;

export type OpenedBatch = WholeBatch | Unreadable;
export interface WholeBatch {
  readonly kind: 'batch';
  readonly batch: SealedBatch;
  /** The payload's, in the order of the index, as texts: each the JSON of its events. */
  readonly segments: readonly string[];
}
export interface Unreadable {
  readonly kind: 'unreadable';
  readonly problem: BatchProblem;
}

/** A batch of which only its events' identities were read. */
interface IdentifiedBatch extends Sealed {
  readonly kind: 'batch';
  readonly identities: BatchIdentities;
}

/** Reads a message: its attributes, its index, and the payload as texts. */
export function openBatch(message: Message): OpenedBatch {
  const parts = partsOf(message);
  if ('kind' in parts) return parts;
  const { sealed, compressedPayload } = parts;
  const decoded = decodeBatchIndex(parts.index);
  if (decoded === undefined) return unreadable('the index cannot be read');
  const payload = readPayload(compressedPayload, decoded);
  if (payload.kind === 'unreadable') return payload;
  const index = withTypes(decoded, payload.types);
  if (index === undefined) return unreadable('the types cannot be read');
  return { kind: 'batch', batch: { ...sealed, index, compressedPayload }, segments: payload.segments };
}

/** `openBatch` for whoever asks for identities alone: a fraction of the time, since the payload stays compressed. */
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

/** The segments of a batch that was opened, once more: what is asked for again is not kept. */
export function segmentsOf({ compressedPayload, index }: SealedBatch): readonly string[] {
  const payload = inflate(compressedPayload);
  if (payload === undefined) throw new Error('a payload that was read cannot be decompressed');
  const { segments } = cutPayload(payload, index.segments);
  giveBackStep(payload);
  return segments;
}

interface ReadPayload {
  readonly kind: 'payload';
  readonly segments: readonly string[];
  readonly types: readonly string[];
}

function readPayload(compressed: Uint8Array, index: DecodedIndex): ReadPayload | Unreadable {
  const payload = inflate(compressed);
  if (payload === undefined) return unreadable('the payload cannot be decompressed');
  const { segments, end } = cutPayload(payload, index.segments);
  const rest = payload.toString('utf8', end);
  const isCut = end > payload.length;
  giveBackStep(payload);
  if (isCut || (index.types !== undefined && rest !== '')) return unreadable('index and payload differ in length');
  const types = index.types ?? typesIn(rest);
  return types === undefined ? unreadable('the types cannot be read') : { kind: 'payload', segments, types };
}

function cutPayload(payload: Buffer, of: readonly BatchSegment[]): { segments: string[]; end: number } {
  const segments: string[] = [];
  let end = 0;
  for (const { lengthBytes } of of) {
    segments.push(payload.toString('utf8', end, end + lengthBytes));
    end += lengthBytes;
  }
  return { segments, end };
}

function typesIn(text: string): readonly string[] | undefined {
  const types = parseJson(text);
  return Array.isArray(types) && types.every((type) => typeof type === 'string') ? types : undefined;
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

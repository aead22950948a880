import { readBatchAttributes } from '../batch/batch-attributes.ts';
import { isJsonObject, parseJson } from '../event/json.ts';
import { rejected } from '../outcome/outcome.ts';
import type { DeliveredMessage, Message } from '../ports/publisher.ts';
import type { QuarantinedEvent } from '../ports/quarantine.ts';

/** A message that no version of a stage could read for a day. */
export interface WholeMessage {
  readonly stage: 'dedup' | 'pseudonymize';
  readonly message: DeliveredMessage;
  /** When it was sealed, or first published. */
  readonly sealedAtMillis: number;
}

const lengthBytes = 4;

/**
 * The record of a message that cannot be read, with its attributes: `readWholeMessage` gives it back as it was. Where it
 * tells no seal, its record has one of the time of its publication, so that it has a place among the others.
 */
export function wholeMessage({ stage, message, sealedAtMillis }: WholeMessage): QuarantinedEvent {
  const { seal, sdk, events = 1 } = readBatchAttributes(message);
  const { errors } = rejected('unreadable');
  return {
    seal: seal ?? sealOf(sealedAtMillis),
    sequence: 0,
    events,
    receivedAtMillis: sealedAtMillis,
    ...(sdk === undefined ? {} : { sdk }),
    reason: 'unreadable',
    errors,
    stage,
    provenSubjects: [],
    payload: boxOf(message),
  };
}

/** The first UUIDv7 of a millisecond (RFC 9562 section 5.7). */
function sealOf(millis: number): string {
  const time = Math.max(0, Math.floor(millis)).toString(16).padStart(12, '0').slice(-12);
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000`;
}

/** u32 big endian: length of the JSON of the attributes | that JSON | the message's data. */
function boxOf({ attributes, data }: Message): Uint8Array {
  const text = Buffer.from(JSON.stringify(attributes));
  const length = Buffer.alloc(lengthBytes);
  length.writeUInt32BE(text.length);
  return Buffer.concat([length, text, data]);
}

/** The message of such a record; undefined when the payload is none. */
export function readWholeMessage(payload: Uint8Array): Message | undefined {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  if (bytes.length < lengthBytes) return undefined;
  const start = lengthBytes + bytes.readUInt32BE();
  const value = start > bytes.length ? undefined : parseJson(bytes.toString('utf8', lengthBytes, start));
  if (!isJsonObject(value)) return undefined;
  const attributes: Record<string, string> = {};
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') return undefined;
    attributes[key] = text;
  }
  return { data: bytes.subarray(start), attributes };
}

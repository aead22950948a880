import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import { isJsonObject, type JsonValue, readJson } from '../../shared/event/json.ts';
import { mayHoldTinyNumber } from '../../shared/event/number-text.ts';
import { rawElements } from '../../shared/event/raw-elements.ts';
import { binaryAttributes } from './binary-mode.ts';
import { type BodyFormat, bodyFormat } from './body-format.ts';
import { inflate } from './content-coding.ts';
import { maxPieceBytes, parsePieces } from './parse-pieces.ts';
import { type Problem, problem } from './problem.ts';

/** The events of a request before anything about them is checked. */
export interface RequestEvents {
  readonly kind: 'events';
  readonly events: readonly JsonValue[];
  /** Each event's JSON as the client wrote it; found when first asked for, which most requests never need. */
  readonly texts: () => readonly string[];
  /** `mayHoldTinyNumber` of the body, found when first asked for. */
  readonly mayHoldTinyNumber: () => boolean;
  /** No string of the body can hold half a surrogate pair; absent where that is not known. */
  readonly isWellFormed?: boolean;
  /** The client's own bytes where they are a JSON array of exactly these events. */
  readonly arrayBytes?: Buffer;
  /** Length of the inflated body; in binary mode with the envelope. */
  readonly bodyBytes: number;
  /** No event has more; absent where nothing less than `bodyBytes` is known. */
  readonly mostEventBytes?: number;
  /** The write key that a form holds. */
  readonly key?: string;
}

/** The JSON of the event at a position, as the client wrote it. */
export function textOf({ events, texts }: RequestEvents, at: number): string {
  const text = texts()[at];
  if (text === undefined) throw new Error(`the body has no text for event ${at} of ${events.length}`);
  return text;
}

/** Reads a body as its headers say: `bodyFormat` and `inflate`. */
export function readEvents(headers: IncomingHttpHeaders, body: Buffer, maxBodyBytes: number): RequestEvents | Problem {
  const format = bodyFormat(headers);
  if (typeof format !== 'string') return format;
  const inflated = inflate(headers['content-encoding'], body, maxBodyBytes);
  if ('kind' in inflated) return inflated;
  if (format === 'form') return readForm(inflated);
  const parsed = parseJson(inflated);
  if ('kind' in parsed) return parsed;
  if (format === 'binary') return binaryEvent(headers, parsed, inflated.length);
  return eventsOf(format, parsed, inflated);
}

interface Parsed {
  readonly value: JsonValue;
  /** All of the text but brackets and commas between events: what is in no number and no string. */
  readonly pieces: readonly string[];
  /** Of an event, where less than the whole text is known. */
  readonly mostEventBytes?: number;
  readonly text: () => string;
}

/** A page that can set no header sends a form: the events in `data`, and the write key in `key` or in the URL. */
function readForm(body: Buffer): RequestEvents | Problem {
  const fields = new URLSearchParams(body.toString('utf8'));
  // What a page in another encoding sends comes out with these in its place.
  if (fields.get('data')?.includes(replacementCharacter) && !isUtf8(dataOfForm(body))) return notUtf8();
  const data = Buffer.from(fields.get('data') ?? '');
  const parsed = parseJson(data);
  if ('kind' in parsed) return parsed;
  const events = eventsOf('either', parsed, data);
  const key = fields.get('key');
  return events.kind === 'events' && key !== null ? { ...events, key } : events;
}

/** The field `data` without its percent-encoding, which is one of bytes (URL standard, section 5.1). */
function dataOfForm(body: Buffer): Buffer {
  const field = body
    .toString('latin1')
    .split('&')
    .find((pair) => pair.startsWith('data='));
  const decode = (_: string, digits: string) => String.fromCharCode(Number.parseInt(digits, 16));
  return Buffer.from((field ?? '').replace(/%([0-9a-f]{2})/gi, decode), 'latin1');
}

function binaryEvent(headers: IncomingHttpHeaders, parsed: Parsed, bodyBytes: number): RequestEvents {
  const { value, pieces, text } = parsed;
  const attributes = binaryAttributes(headers);
  const envelope = `${JSON.stringify(attributes).slice(0, -1)},"data":`;
  const eventText = () => [`${envelope}${text()}}`];
  // What is measured is the event as it is kept, or a replay of it would find it too large.
  const eventBytes = bodyBytes + Buffer.byteLength(envelope) + 1;
  // Attributes stand in headers, of which nothing is known here.
  const common = { ...commonOf({ value, pieces, text }, eventBytes), isWellFormed: false };
  return { ...common, events: [{ ...attributes, data: value }], texts: eventText };
}

function eventsOf(format: BodyFormat, parsed: Parsed, body: Buffer): RequestEvents | Problem {
  const { value, text } = parsed;
  const isArray = Array.isArray(value);
  if (format === 'batch' && !isArray) {
    return problem(400, 'Not a batch', 'application/cloudevents-batch+json holds a JSON array of events.');
  }
  if (format === 'structured' && isArray) {
    const detail = 'application/cloudevents+json holds one JSON object; a batch is application/cloudevents-batch+json.';
    return problem(400, 'Not an event', detail);
  }
  const common = commonOf(parsed, body.length);
  if (isArray)
    return { ...common, events: value, texts: once(() => rawElements(text())), arrayBytes: withoutBom(body) };
  if (isJsonObject(value)) return { ...common, events: [value], texts: () => [text()] };
  return problem(400, 'Neither event nor batch', 'The body is JSON, but neither an object nor an array.');
}

function commonOf({ pieces, mostEventBytes }: Parsed, bodyBytes: number) {
  // What is UTF-8 holds no half of a pair, unless an escape writes one.
  const isWellFormed = !pieces.some((text) => text.includes('\\u'));
  const mayHoldTiny = once(() => pieces.some(mayHoldTinyNumber));
  const common = { kind: 'events', bodyBytes, mayHoldTinyNumber: mayHoldTiny, isWellFormed } as const;
  return mostEventBytes === undefined ? common : { ...common, mostEventBytes };
}

/** TextDecoder skips a byte order mark; later readers of the bytes would stumble over it. */
function withoutBom(bytes: Buffer): Buffer {
  return bytes.subarray(0, 3).equals(utf8Bom) ? bytes.subarray(3) : bytes;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

const replacementCharacter = '\ufffd';
const utf8Bom = Buffer.from([0xef, 0xbb, 0xbf]);
const utf8 = new TextDecoder('utf-8', { fatal: true });

function parseJson(body: Buffer): Parsed | Problem {
  if (body.length === 0) return problem(400, 'Empty body', 'Send an event or a batch of events as JSON.');
  if (body[0] === 0x1f && body[1] === 0x8b) {
    return problem(400, 'Compressed without saying so', 'The body is gzip once more than Content-Encoding says.');
  }
  const inPieces = parsePieces(body);
  if (inPieces !== undefined) {
    const { value, texts: pieces } = inPieces;
    return { value, pieces, mostEventBytes: maxPieceBytes, text: once(() => utf8.decode(body)) };
  }
  let text: string;
  try {
    text = utf8.decode(body);
  } catch {
    return notUtf8();
  }
  try {
    const value = readJson(text);
    return { value, pieces: [text], text: () => text };
  } catch {
    return problem(400, 'Not JSON', 'The body cannot be parsed as JSON; nothing of it was accepted.');
  }
}

function notUtf8(): Problem {
  return problem(400, 'Not UTF-8', 'JSON is sent as UTF-8 (RFC 8259 section 8.1).');
}

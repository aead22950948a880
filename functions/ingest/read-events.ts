import type { IncomingHttpHeaders } from 'node:http';
import { constants, gunzipSync } from 'node:zlib';
import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';
import { mayHoldTinyNumber } from '../../shared/event/number-text.ts';
import { rawElements } from '../../shared/event/raw-elements.ts';
import { type Problem, problem } from './problem.ts';

/** The events of a request before anything about them is checked. */
export interface RequestEvents {
  readonly kind: 'events';
  readonly events: readonly JsonValue[];
  /** Each event's JSON as the client wrote it; found when first asked for, which most requests never need. */
  readonly texts: () => readonly string[];
  /** `mayHoldTinyNumber` of the body, found when first asked for. */
  readonly mayHoldTinyNumber: () => boolean;
  /** The client's own bytes where they are a JSON array of exactly these events. */
  readonly arrayBytes?: Buffer;
  /** Length of the inflated body. */
  readonly bodyBytes: number;
}

const accepted = 'application/cloudevents-batch+json, application/cloudevents+json, application/json';

/**
 * Reads a body by its content type: CloudEvents batch (array), structured mode (object), `application/json` (either),
 * or binary mode, where the envelope is in `ce-` headers (HTTP Protocol Binding 1.0.2, sections 3.1 to 3.3).
 */
export function readEvents(headers: IncomingHttpHeaders, body: Buffer, maxBodyBytes: number): RequestEvents | Problem {
  const mediaType = readMediaType(headers['content-type']);
  if (typeof mediaType !== 'string') return mediaType;
  const inflated = inflate(headers['content-encoding'], body, maxBodyBytes);
  if ('kind' in inflated) return inflated;
  const parsed = parseJson(inflated);
  if ('kind' in parsed) return parsed;
  const { value, text } = parsed;
  const common = {
    kind: 'events',
    bodyBytes: inflated.length,
    mayHoldTinyNumber: once(() => mayHoldTinyNumber(text)),
  } as const;
  if (headers['ce-specversion'] !== undefined && !mediaType.startsWith('application/cloudevents')) {
    const attributes = binaryAttributes(headers);
    const eventText = () => [`${JSON.stringify(attributes).slice(0, -1)},"data":${text}}`];
    return { ...common, events: [{ ...attributes, data: value }], texts: eventText };
  }
  const isArray = Array.isArray(value);
  if (mediaType === 'application/cloudevents-batch+json' && !isArray) {
    return problem(400, 'Not a batch', 'application/cloudevents-batch+json holds a JSON array of events.');
  }
  if (mediaType === 'application/cloudevents+json' && isArray) {
    const detail = 'application/cloudevents+json holds one JSON object; a batch is application/cloudevents-batch+json.';
    return problem(400, 'Not an event', detail);
  }
  if (isArray)
    return { ...common, events: value, texts: once(() => rawElements(text)), arrayBytes: withoutBom(inflated) };
  if (isJsonObject(value)) return { ...common, events: [value], texts: () => [text] };
  return problem(400, 'Neither event nor batch', 'The body is JSON, but neither an object nor an array.');
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

function readMediaType(contentType: string | undefined): string | Problem {
  const [type = '', ...parameters] = (contentType ?? '')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const charset = parameters
    .find((parameter) => parameter.startsWith('charset='))
    ?.slice(8)
    .replaceAll('"', '');
  if (!accepted.split(', ').includes(type)) {
    return problem(415, 'Unsupported content type', `Send one of ${accepted}.`, { accept: accepted });
  }
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8') {
    return problem(415, 'Unsupported charset', 'JSON is sent as UTF-8 (RFC 8259 section 8.1).');
  }
  return type;
}

function inflate(encoding: string | undefined, body: Buffer, maxBodyBytes: number): Buffer | Problem {
  const name = encoding?.trim().toLowerCase() ?? 'identity';
  if (name === 'identity' || name === '') return body;
  if (name !== 'gzip') {
    return problem(415, 'Unsupported content encoding', 'Send the body plain or with one gzip.', {
      'accept-encoding': 'gzip',
    });
  }
  try {
    // Synchronous, because a body is small and the thread pool's round trip costs more than inflating it.
    return gunzipSync(body, { maxOutputLength: maxBodyBytes, finishFlush: constants.Z_FINISH });
  } catch (error) {
    const tooLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    return tooLarge
      ? problem(
          413,
          'Body too large',
          `A request is at most ${maxBodyBytes} bytes after decompression; split the batch.`,
        )
      : problem(400, 'Not gzip', 'Content-Encoding says gzip, but the body is not a whole gzip stream.');
  }
}

const utf8Bom = Buffer.from([0xef, 0xbb, 0xbf]);
const utf8 = new TextDecoder('utf-8', { fatal: true });

function parseJson(body: Buffer): { readonly value: JsonValue; readonly text: string } | Problem {
  if (body.length === 0) return problem(400, 'Empty body', 'Send an event or a batch of events as JSON.');
  if (body[0] === 0x1f && body[1] === 0x8b) {
    return problem(400, 'Compressed without saying so', 'The body is gzip once more than Content-Encoding says.');
  }
  let text: string;
  try {
    text = utf8.decode(body);
  } catch {
    return problem(400, 'Not UTF-8', 'JSON is sent as UTF-8 (RFC 8259 section 8.1).');
  }
  try {
    const value: JsonValue = JSON.parse(text);
    return { value, text };
  } catch {
    return problem(400, 'Not JSON', 'The body cannot be parsed as JSON; nothing of it was accepted.');
  }
}

/**
 * Header values are percent-encoded, by older senders double-quoted (HTTP Protocol Binding section 3.1.3.2). One that is
 * not valid stays as it is.
 */
function decodeHeader(value: string): string {
  const quoted = /^"((?:[^"\\]|\\.)*)"$/.exec(value)?.[1];
  const unquoted = quoted === undefined ? value : quoted.replace(/\\(.)/g, '$1');
  try {
    return decodeURIComponent(unquoted);
  } catch {
    return unquoted;
  }
}

/** Never empty: the binary mode is recognised by `ce-specversion`. */
function binaryAttributes(headers: IncomingHttpHeaders): JsonObject {
  const attributes: JsonObject = {};
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith('ce-') && name !== 'ce-data' && typeof value === 'string') {
      attributes[name.slice(3)] = decodeHeader(value);
    }
  }
  return attributes;
}

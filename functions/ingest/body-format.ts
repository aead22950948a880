import type { IncomingHttpHeaders } from 'node:http';
import { isJsonName, parseMediaType } from '../../shared/http/media-type.ts';
import { type Problem, problem } from './problem.ts';

/**
 * What a body is: a CloudEvents `batch` (array), a `structured` event (object), `either` of the two, the data of one
 * event whose envelope is in headers (`binary`), or a `form` with the JSON in its field `data`.
 */
export type BodyFormat = 'batch' | 'structured' | 'either' | 'binary' | 'form';

/** The media types of events, as an answer 415 and the document of the API list them. */
export const eventMediaTypes = [
  'application/cloudevents-batch+json',
  'application/cloudevents+json',
  'application/json',
] as const;
const form = 'application/x-www-form-urlencoded';

/** What a page can send to another origin without asking first (Fetch standard, "CORS-safelisted request-header"). */
export const unaskedTypes: Readonly<Record<string, BodyFormat>> = { 'text/plain': 'either', [form]: 'form' };

/**
 * Tells what a body is by `Content-Type` and `ce-specversion` (CloudEvents HTTP Protocol Binding 1.0.2, sections 3.1 to
 * 3.3). Binary mode takes every JSON media type, and none as JSON, which is what the Python SDK sends. A request without
 * an `Authorization` header can be a beacon: its text, also without a type, is read as JSON.
 */
export function bodyFormat(headers: IncomingHttpHeaders): BodyFormat | Problem {
  const contentType = headers['content-type'] ?? '';
  const isBinary = headers['ce-specversion'] !== undefined;
  const isBeacon = headers.authorization === undefined;
  if (contentType.trim() === '') {
    if (isBinary) return 'binary';
    return isBeacon ? 'either' : unsupported();
  }
  const mediaType = parseMediaType(contentType);
  if (mediaType === undefined) return unsupported();
  const format =
    formatOf(mediaType.name, isBinary) ?? (isBeacon && !isBinary ? unaskedTypes[mediaType.name] : undefined);
  if (format === undefined) return unsupported();
  for (const [name, value] of mediaType.parameters) {
    if (name === 'charset' && !/^(?:utf-?8|us-ascii)$/i.test(value)) {
      return problem(415, 'Unsupported charset', 'JSON is sent as UTF-8 (RFC 8259 section 8.1).');
    }
  }
  return format;
}

/** Whether a body may hold its own write key: a form may, which is what a page sends that can set no header. */
export function mayHoldKey(headers: IncomingHttpHeaders): boolean {
  return parseMediaType(headers['content-type'] ?? '')?.name === form;
}

function formatOf(name: string, isBinary: boolean): BodyFormat | undefined {
  if (name === 'application/cloudevents-batch+json') return 'batch';
  if (name === 'application/cloudevents+json') return 'structured';
  // A CloudEvents format that is not ours; section 3.1 tells the modes apart by this prefix.
  if (name.startsWith('application/cloudevents')) return undefined;
  if (!isJsonName(name)) return undefined;
  return isBinary ? 'binary' : 'either';
}

function unsupported(): Problem {
  const accept = eventMediaTypes.join(', ');
  return problem(415, 'Unsupported content type', `Send one of ${accept}.`, { accept });
}

import type { IncomingHttpHeaders } from 'node:http';
import type { JsonObject } from '../../shared/event/json.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
// CloudEvents section "Attribute Naming Convention".
const attributeHeader = /^ce-([a-z0-9]+)$/;

/**
 * The attributes of an event in binary mode (CloudEvents HTTP Protocol Binding 1.0.2, section 3.1.3). Never empty: the
 * mode is recognised by `ce-specversion`.
 */
export function binaryAttributes(headers: IncomingHttpHeaders): JsonObject {
  const attributes: JsonObject = {};
  for (const [header, value] of Object.entries(headers)) {
    const name = attributeHeader.exec(header)?.[1];
    if (name !== undefined && name !== 'data' && typeof value === 'string') attributes[name] = decodeHeader(value);
  }
  return attributes;
}

/**
 * Header values are percent-encoded, by older senders double-quoted (section 3.1.3.2). One that is not valid stays as it
 * is. Some SDKs send UTF-8 as it is.
 */
function decodeHeader(value: string): string {
  const text = decodeBytes(value);
  const quoted = /^"((?:[^"\\]|\\.)*)"$/.exec(text)?.[1];
  const unquoted = quoted === undefined ? text : quoted.replace(/\\(.)/g, '$1');
  try {
    return decodeURIComponent(unquoted);
  } catch {
    return unquoted;
  }
}

/** Node gives each byte of a header as one character; what is no UTF-8 is taken as Latin-1, which that is. */
function decodeBytes(value: string): string {
  const bytes = Buffer.from(value, 'latin1');
  if (bytes.length === Buffer.byteLength(value)) return value;
  try {
    return utf8.decode(bytes);
  } catch {
    return value;
  }
}

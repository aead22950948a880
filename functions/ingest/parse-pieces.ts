import type { JsonValue } from '../../shared/event/json.ts';

/** A JSON array, parsed in pieces. */
export interface ParsedPieces {
  readonly value: JsonValue[];
  /** Together the whole text, but for the commas between them and the array's brackets. */
  readonly texts: readonly string[];
}

/**
 * As much text at once: V8 keeps longer strings apart, and to decode 180 KB as one costs a fifth of parsing them, in pieces
 * next to nothing. No element is longer than its piece.
 */
export const maxPieceBytes = 65_536;

/**
 * Parses the UTF-8 text of a JSON array piece by piece, cut between elements that begin as the first one does. Undefined for
 * what is short, is no such array, or cannot be cut so: it is then to be parsed whole, which says what is wrong with it.
 *
 * A piece is cut where there is a comma, anywhere. Where all of them are arrays once brackets are put around them, all the
 * commas stood between elements (RFC 8259 section 5: an array is its values with commas between), and the array is theirs,
 * one after the other; a comma inside an element or a string leaves a piece that does not end.
 */
export function parsePieces(body: Buffer): ParsedPieces | undefined {
  if (body.length <= maxPieceBytes || body[0] !== openingBracket) return undefined;
  const start = body.subarray(1, body.indexOf(colon) + 1);
  if (start.length > maxStartBytes || start[0] !== openingBrace) return undefined;
  const between = Buffer.concat([Buffer.from('},'), start]);
  const value: JsonValue[] = [];
  const texts: string[] = [];
  for (let from = 0; from < body.length; ) {
    const rest = body.length - from;
    const cut = rest <= maxPieceBytes ? body.length : body.lastIndexOf(between, from + maxPieceBytes - 1) + 1;
    if (cut <= from) return undefined;
    const text = decoded(body.subarray(from, cut));
    if (text === undefined) return undefined;
    const elements = elementsOf(`${from === 0 ? '' : '['}${text}${cut === body.length ? '' : ']'}`);
    if (elements === undefined) return undefined;
    for (const element of elements) value.push(element);
    texts.push(text);
    from = cut + 1;
  }
  return { value, texts };
}

const openingBracket = 0x5b;
const openingBrace = 0x7b;
const colon = 0x3a;
/** The first name of an element with its brace, quotes and colon: what stands in them as well is cut in vain. */
const maxStartBytes = 64;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

function elementsOf(text: string): JsonValue[] | undefined {
  try {
    const value: JsonValue = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

import { type JsonValue, readJson } from '../../shared/event/json.ts';

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
    const text = pieceText(body, from, cut);
    const elements = text === undefined ? undefined : elementsOf(text);
    if (text === undefined || elements === undefined) return undefined;
    for (let at = 0; at < elements.length; at++) value.push(elements[at] ?? null);
    texts.push(text.slice(from === 0 ? 0 : 1, cut === body.length ? undefined : -1));
    from = cut + 1;
  }
  return { value, texts };
}

/**
 * The text of a piece as an array. Its brackets take the place of the commas around it while it is read: put around the text,
 * they would make V8 copy it.
 */
function pieceText(body: Buffer, from: number, cut: number): string | undefined {
  const [start, end] = [Math.max(0, from - 1), Math.min(cut + 1, body.length)];
  if (from > 0) body[start] = openingBracket;
  if (cut < body.length) body[cut] = closingBracket;
  const text = decoded(body.subarray(start, end));
  if (from > 0) body[start] = comma;
  if (cut < body.length) body[cut] = comma;
  return text;
}

const openingBracket = 0x5b;
const closingBracket = 0x5d;
const comma = 0x2c;
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
    const value = readJson(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

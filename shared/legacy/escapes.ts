import { isUtf8 } from 'node:buffer';

/** How a text says what it could not hold: how cells are told apart, and what a cell means. */
export const escapeNames = ['backslash', 'hex', 'quoted', 'percent'] as const;
export type EscapeName = (typeof escapeNames)[number];

export interface Escapes {
  /** The cells of a line, as written. Undefined where a quote is not closed. */
  readonly split: (line: string) => string[] | undefined;
  /** What a cell means. */
  readonly decode: (cell: string) => string;
}

/**
 * - `hex`: `\xNN` (`\x09`, or UTF-8 bytes one after the other) and `\\`, as Zeek writes. Bytes that are no text (control
 *   characters but tab and line ends, what is no UTF-8) stay as they were written.
 * - `backslash`: those, and `\t`, `\n`, `\r`, `\b`, `\f`, `\v`, `\uNNNN`; of another character the backslash goes, and a
 *   separator after one is none, as PostgreSQL's COPY and MySQL's OUTFILE write.
 * - `quoted`: a cell in double quotes may hold separators; a quote is doubled (RFC 4180, with another separator), or, with
 *   `backslash`, has one before it (MySQL's `ENCLOSED BY`).
 * - `percent`: `%20` (RFC 3986), of UTF-8; what is none stays.
 */
export function makeEscapes(names: readonly EscapeName[], separator: string): Escapes {
  const backslash = names.includes('backslash');
  const decoders: ((cell: string) => string)[] = [];
  if (names.includes('quoted')) decoders.push((cell) => unquote(cell, backslash));
  if (backslash) decoders.push(unescapeBackslash);
  else if (names.includes('hex')) decoders.push(unescapeHex);
  if (names.includes('percent')) decoders.push(unescapePercent);
  const [only, ...others] = decoders;
  return {
    split: makeSplit({ backslash, quoted: names.includes('quoted') }, separator),
    decode:
      only === undefined
        ? (cell) => cell
        : others.length === 0
          ? only
          : (cell) => decoders.reduce((text, decode) => decode(text), cell),
  };
}

function makeSplit(
  { backslash, quoted }: { readonly backslash: boolean; readonly quoted: boolean },
  separator: string,
): Escapes['split'] {
  const escaped = `\\${separator}`;
  return (line) => {
    if (quoted && line.includes('"')) return splitQuoted(line, separator, backslash);
    if (backslash && line.includes(escaped)) return splitEscaped(line, separator);
    return line.split(separator);
  };
}

/** A quote counts where a cell begins; elsewhere it is a character, as many writers of TSV have it. */
function splitQuoted(line: string, separator: string, backslash: boolean): string[] | undefined {
  const cells: string[] = [];
  let start = 0;
  while (start <= line.length) {
    let end = start;
    if (line.startsWith('"', start)) {
      end = closingQuote(line, start + 1, backslash);
      if (end === -1) return undefined;
    }
    end = backslash ? unescapedSeparator(line, separator, end) : line.indexOf(separator, end);
    if (end === -1) end = line.length;
    cells.push(line.slice(start, end));
    start = end + separator.length;
  }
  return cells;
}

/** -1 where there is none, as of `indexOf`. */
function closingQuote(line: string, from: number, backslash: boolean): number {
  for (let at = from; at < line.length; at++) {
    if (backslash && line[at] === '\\') at++;
    else if (line[at] === '"' && line[at + 1] !== '"') return at;
    else if (line[at] === '"') at++;
  }
  return -1;
}

function unescapedSeparator(line: string, separator: string, from: number): number {
  for (let at = from; at < line.length; at++) {
    if (line[at] === '\\') at++;
    else if (line.startsWith(separator, at)) return at;
  }
  return -1;
}

function splitEscaped(line: string, separator: string): string[] {
  const cells: string[] = [];
  let start = 0;
  for (;;) {
    const end = unescapedSeparator(line, separator, start);
    if (end === -1) return [...cells, line.slice(start)];
    cells.push(line.slice(start, end));
    start = end + separator.length;
  }
}

/** Of a quote that has a backslash, too, only the doubled ones become one here. */
function unquote(cell: string, backslash: boolean): string {
  if (!cell.startsWith('"') || cell.length < 2) return cell;
  const end = closingQuote(cell, 1, backslash);
  if (end === -1) return cell;
  return cell.slice(1, end).replaceAll('""', '"') + cell.slice(end + 1);
}

const hexRun = /(?:\\x[0-9a-fA-F]{2})+|\\\\/g;

function unescapeHex(cell: string): string {
  return cell.includes('\\') ? cell.replace(hexRun, decodeRun) : cell;
}

const backslashRun = /(?:\\x[0-9a-fA-F]{2})+|\\u[0-9a-fA-F]{4}|\\./gs;
const controls: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', b: '\b', f: '\f', v: '\v' };

function unescapeBackslash(cell: string): string {
  if (!cell.includes('\\')) return cell;
  return cell.replace(backslashRun, (run) => {
    const second = run[1] ?? '';
    if (second === 'x' && run.length > 2) return decodeRun(run);
    if (second === 'u' && run.length > 2) return String.fromCharCode(Number.parseInt(run.slice(2), 16));
    if (second === '0') return run;
    return controls[second] ?? second;
  });
}

function decodeRun(run: string): string {
  if (run === '\\\\') return '\\';
  const bytes = Buffer.from(run.replaceAll('\\x', ''), 'hex');
  const isText = isUtf8(bytes) && bytes.every((byte) => (byte >= 0x20 && byte !== 0x7f) || isLineControl(byte));
  return isText ? bytes.toString('utf8') : run;
}

function isLineControl(byte: number): boolean {
  return byte === 0x09 || byte === 0x0a || byte === 0x0d;
}

const percentRun = /(?:%[0-9a-fA-F]{2})+/g;

function unescapePercent(cell: string): string {
  if (!cell.includes('%')) return cell;
  return cell.replace(percentRun, (run) => {
    const bytes = Buffer.from(run.replaceAll('%', ''), 'hex');
    return isUtf8(bytes) && !bytes.includes(0) ? bytes.toString('utf8') : run;
  });
}

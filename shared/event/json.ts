export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;
export interface JsonObject {
  [key: string]: JsonValue;
}

/** An object in JSON's sense: not null, not an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value where it is an array, else none. */
export function asList(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

/** The value where it is an object, else an empty one. */
export function asObject(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

/**
 * What the text says; undefined when it is not JSON, which itself never says undefined. V8's message is dropped, because
 * it quotes the text.
 */
export function parseJson(text: string): JsonValue | undefined {
  try {
    return readJson(text);
  } catch {
    return undefined;
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The same of bytes, which are UTF-8 (RFC 8259 section 8.1): decoded anyway, a name in them would be somebody else's. */
export function parseJsonBytes(bytes: Uint8Array): JsonValue | undefined {
  try {
    return parseJson(utf8.decode(bytes));
  } catch {
    return undefined;
  }
}

/**
 * What JSON text says, whose keys others chose; throws for what is none.
 *
 * V8 takes a key that is written with an escape for another one of an object of the same shape: after `{"a":1,"\\":2}`
 * it reads a `\` in `{"a":1,"\n":2}` (https://github.com/nodejs/node/issues/63785; Node 24 and 26). So text with such
 * keys is parsed once more: those that need no escape are written without, and others have stand-ins.
 */
export function readJson(text: string): JsonValue {
  const value: JsonValue = JSON.parse(text);
  const keys = escapedKeys(text);
  return keys.length === 0 ? value : readByStandIns(text, keys);
}

/** Where a string stands in a text, quotes included. */
type Range = readonly [from: number, end: number];

const quote = 0x22;
const colon = 0x3a;
const backslash = 0x5c;
const space = 0x20;

/** The keys of JSON text that are written with an escape. Looks at those strings alone that hold one. */
function escapedKeys(text: string): Range[] {
  const found: Range[] = [];
  for (let at = text.indexOf('\\'); at >= 0; at = text.indexOf('\\', at)) {
    const from = at;
    at = stringEnd(text, at);
    const end = at;
    while (text.charCodeAt(at) <= space) at++;
    if (text.charCodeAt(at) === colon) found.push([text.lastIndexOf('"', from), end]);
  }
  return found;
}

/** Behind the quote that ends the string in which an escape stands. */
function stringEnd(text: string, inside: number): number {
  let at = inside;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === quote) return at + 1;
    at += code === backslash ? 2 : 1;
  }
  return at;
}

/** A character that needs no escape; a stand-in begins with more of it in a row than stand anywhere else. */
const markCode = 0x7f;

function readByStandIns(text: string, keys: readonly Range[]): JsonValue {
  // One array of all: texts in it are read as they are written.
  const names: string[] = JSON.parse(`[${keys.map(([from, end]) => text.slice(from, end)).join(',')}]`);
  const longest = names.reduce((most, name) => Math.max(most, longestRun(name)), longestRun(text));
  const mark = String.fromCharCode(markCode).repeat(longest + 1);
  // By name: as it is written then, and the name of each stand-in.
  const written = new Map<string, string>();
  const standIns = new Map<string, string>();
  const parts: string[] = [];
  let done = 0;
  for (const [at, name] of names.entries()) {
    const [from, end] = keys[at] ?? [done, done];
    let own = written.get(name);
    if (own === undefined) {
      own = JSON.stringify(name);
      if (own.includes('\\')) {
        const standIn = `${mark}${standIns.size}`;
        standIns.set(standIn, name);
        own = `"${standIn}"`;
      }
      written.set(name, own);
    }
    parts.push(text.slice(done, from), own);
    done = end;
  }
  const value: JsonValue = JSON.parse(`${parts.join('')}${text.slice(done)}`);
  return standIns.size === 0 ? value : withNames(value, standIns);
}

/** Of the mark's character. */
function longestRun(text: string): number {
  let longest = 0;
  const mark = String.fromCharCode(markCode);
  for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at)) {
    const from = at;
    while (text.charCodeAt(at) === markCode) at++;
    longest = Math.max(longest, at - from);
  }
  return longest;
}

/** A value whose objects have the names that stand-ins are for. Without recursion: text may be nested as deep as it is long. */
function withNames(value: JsonValue, names: ReadonlyMap<string, string>): JsonValue {
  const top = [value];
  const open: (JsonValue[] | JsonObject)[] = [top];
  const named = (part: JsonValue): JsonValue => {
    if (typeof part !== 'object' || part === null) return part;
    const own = isJsonObject(part) ? renamed(part, names) : part;
    open.push(own);
    return own;
  };
  for (let holder = open.pop(); holder !== undefined; holder = open.pop()) {
    if (Array.isArray(holder)) for (let at = 0; at < holder.length; at++) holder[at] = named(holder[at] ?? null);
    else for (const key in holder) holder[key] = named(holder[key] ?? null);
  }
  return top[0] ?? null;
}

function renamed(part: JsonObject, names: ReadonlyMap<string, string>): JsonObject {
  let isAsItIs = true;
  for (const key in part) if (key.charCodeAt(0) === markCode && names.has(key)) isAsItIs = false;
  if (isAsItIs) return part;
  const own: JsonObject = {};
  for (const key in part) {
    const value = part[key] ?? null;
    if (key !== '__proto__') own[names.get(key) ?? key] = value;
    else Object.defineProperty(own, key, { value, enumerable: true, configurable: true, writable: true });
  }
  return own;
}

import { type JsonValue, readJson } from '../../event/json.ts';
import { pointerSegment } from '../../event/json-pointer.ts';

/** A place in a text, both from 1; columns count UTF-16 units, as editors do. */
interface TextPlace {
  readonly line: number;
  readonly column: number;
}

export interface JsonSource {
  readonly value: JsonValue;
  /** Where a pointer leads: a property's name, an item's first character; the nearest ancestor of what is not there. */
  readonly placeOf: (pointer: string) => TextPlace;
  /** Pointers of properties that their object has twice; parsers keep the last one only. */
  readonly repeated: readonly string[];
  readonly text: string;
}

export type JsonSourceResult =
  | { readonly kind: 'json'; readonly source: JsonSource }
  | { readonly kind: 'bad'; readonly message: string; readonly place: TextPlace };

/** Deeper ones are no schema of a table, and would exhaust the stack of whoever walks them. */
const maxSchemaDepth = 200;

/** Parses JSON text and remembers where everything stands. */
export function readJsonSource(text: string): JsonSourceResult {
  const depthFault = faultOfDepth(text);
  if (depthFault !== undefined) {
    const message = `this is nested deeper than ${maxSchemaDepth} levels`;
    return { kind: 'bad', message, place: placeAt(text, depthFault) };
  }
  let value: JsonValue;
  try {
    value = readJson(text);
  } catch (error) {
    const detail = error instanceof Error ? error.message : '';
    const at = /at position (\d+)/.exec(detail)?.[1];
    // The parser's message quotes the text around the fault, which a schema may show.
    const message = `this is not JSON: ${detail.replace(/ in JSON at position.*| \(line.*/s, '')}`;
    return { kind: 'bad', message, place: placeAt(text, at === undefined ? text.length : Number(at)) };
  }
  const { offsets, repeated } = indexOf(text);
  const lineBegins = lineBeginsOf(text);
  const placeOf = (pointer: string): TextPlace => {
    for (let at = pointer; ; at = at.slice(0, at.lastIndexOf('/'))) {
      const offset = offsets.get(at);
      if (offset !== undefined || at === '') return placeIn(lineBegins, offset ?? 0);
    }
  };
  return { kind: 'json', source: { value, placeOf, repeated, text } };
}

/** Offset of the bracket that goes too deep. */
function faultOfDepth(text: string): number | undefined {
  let [depth, inString] = [0, false];
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (inString) {
      if (c === '\\') i++;
      else if (c === '"') inString = false;
    } else if (c === '"') inString = true;
    else if (c === '{' || c === '[') {
      if (++depth > maxSchemaDepth) return i;
    } else if (c === '}' || c === ']') depth--;
  }
  return undefined;
}

function placeAt(text: string, offset: number): TextPlace {
  return placeIn(lineBeginsOf(text), offset);
}

function lineBeginsOf(text: string): number[] {
  return [0, ...text.matchAll(/\n/g).map(({ index }) => index + 1)];
}

/** The last line that begins at or before the offset. */
function placeIn(lineBegins: readonly number[], offset: number): TextPlace {
  let [low, high] = [0, lineBegins.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((lineBegins[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - (lineBegins[low] ?? 0) + 1 };
}

const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/gsy;
const space = /[ \t\r\n]*/gy;

/** Walks the tokens of a text that is JSON. */
function indexOf(text: string): { offsets: Map<string, number>; repeated: string[] } {
  const offsets = new Map<string, number>();
  const repeated = new Set<string>();
  let at = 0;
  const next = (): { readonly raw: string; readonly offset: number } => {
    space.lastIndex = at;
    space.exec(text);
    const offset = Math.max(space.lastIndex, at);
    token.lastIndex = offset;
    const raw = token.exec(text)?.[0] ?? '';
    at = offset + raw.length;
    return { raw, offset };
  };
  const container = (raw: string, pointer: string): void => {
    let index = 0;
    for (;;) {
      let { raw: item, offset } = next();
      if (item === ',') continue;
      if (item === '}' || item === ']' || item === '') return;
      let child = `${pointer}/${index++}`;
      const begin = offset;
      if (raw === '{') {
        const name: string = JSON.parse(item);
        child = `${pointer}/${pointerSegment(name)}`;
        if (offsets.has(child)) repeated.add(child);
        next();
        ({ raw: item, offset } = next());
      }
      offsets.set(child, begin);
      if (item === '{' || item === '[') container(item, child);
    }
  };
  const first = next();
  offsets.set('', first.offset);
  if (first.raw === '{' || first.raw === '[') container(first.raw, '');
  return { offsets, repeated: [...repeated] };
}

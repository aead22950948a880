const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const opening = new Set([0x5b, 0x7b]);
const closing = new Set([0x5d, 0x7d]);

/**
 * The texts of a JSON array's elements, exactly as they were written. `text` has been parsed before, so this only finds
 * the commas between them. Parsing and serializing again would round numbers beyond 2^53, turn 1e400 into null, and
 * fail on deep nesting; what a client sent is kept as it sent it.
 */
export function rawElements(text: string): string[] {
  const elements: string[] = [];
  let depth = 0;
  let start = text.indexOf('[') + 1;
  let inString = false;
  for (let at = start - 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (inString) {
      if (code === backslash) at++;
      else if (code === quote) inString = false;
    } else if (code === quote) inString = true;
    else if (opening.has(code)) depth++;
    else if (closing.has(code)) {
      depth--;
      if (depth === 0) {
        const last = text.slice(start, at).trim();
        if (last !== '') elements.push(last);
        break;
      }
    } else if (code === comma && depth === 1) {
      elements.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  return elements;
}

/** A media type (RFC 9110 section 8.3.1). */
export interface MediaType {
  /** `type/subtype` in lower case. */
  readonly name: string;
  /** Parameters in the order given, names in lower case, values without quotes and escapes. */
  readonly parameters: readonly (readonly [name: string, value: string])[];
}

// RFC 9110 section 5.6.2: the characters of a token.
const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const typeAndSubtype = new RegExp(`^[ \\t]*(${token}/${token})[ \\t]*(?=;|$)`);
// Sections 5.6.4 and 5.6.6: a parameter may be empty, its value a token or a quoted string with escapes.
const parameter = new RegExp(`;[ \\t]*(?:(${token})=(?:(${token})|"((?:[^"\\\\]|\\\\.)*)"))?[ \\t]*(?=;|$)`, 'y');

/** Reads a `Content-Type`; undefined when it is none, an empty one included. */
export function parseMediaType(text: string): MediaType | undefined {
  const start = typeAndSubtype.exec(text);
  if (start?.[1] === undefined) return undefined;
  const parameters: [string, string][] = [];
  parameter.lastIndex = start[0].length;
  while (parameter.lastIndex < text.length) {
    const found = parameter.exec(text);
    if (found === null) return undefined;
    const [, name, plain, quoted] = found;
    if (name !== undefined) parameters.push([name.toLowerCase(), plain ?? (quoted ?? '').replace(/\\(.)/g, '$1')]);
  }
  return { name: start[1].toLowerCase(), parameters };
}

/** Whether a media type holds JSON: subtype `json` or one that ends in `+json` (CloudEvents JSON Event Format 1.0.2, 3.1). */
export function isJsonName(name: string): boolean {
  return /[/+]json$/.test(name);
}

/** A piece of a statement: as written, or what stands between two brackets of a kind. */
export type Part = Token | Group;

interface Token {
  readonly kind: 'word' | 'text' | 'name' | 'space' | 'sign';
  readonly text: string;
}

export interface Group {
  readonly kind: 'group';
  readonly open: '(' | '[' | '{';
  readonly parts: readonly Part[];
}

/** Deeper statements are left as they are; DuckDB has a limit of its own. */
const maxDepth = 200;
const closing = { '(': ')', '[': ']', '{': '}' } as const;

/**
 * What both dialects write alike, and GoogleSQL's names in backticks, raw texts and comments that begin with `#` (to
 * DuckDB `#1` is a column). Texts are read as DuckDB reads them: a backslash is a backslash, double quotes hold a name.
 */
const tokenPattern =
  /(?<space>\s+|--[^\n]*|#(?!\d)[^\n]*|\/\*[\s\S]*?\*\/)|(?<text>[rR]?'(?:[^']|'')*'|\$(?<tag>\w*)\$[\s\S]*?\$\k<tag>\$)|(?<name>"(?:[^"]|"")*"|`[^`]*`)|(?<word>\w[\w.]*(?<!\.)|\w+)|(?<sign>[\s\S])/y;

/** A statement as parts, or undefined where its brackets do not fit one another. */
export function readParts(sql: string): readonly Part[] | undefined {
  const open: { readonly bracket: Group['open']; readonly parts: Part[] }[] = [];
  let parts: Part[] = [];
  for (const token of readTokens(sql)) {
    const { text } = token;
    if (token.kind === 'sign' && (text === '(' || text === '[' || text === '{')) {
      if (open.length === maxDepth) return undefined;
      open.push({ bracket: text, parts });
      parts = [];
    } else if (token.kind === 'sign' && /[)\]}]/.test(text)) {
      const around = open.pop();
      if (around === undefined || closing[around.bracket] !== text) return undefined;
      around.parts.push({ kind: 'group', open: around.bracket, parts });
      parts = around.parts;
    } else {
      parts.push(token);
    }
  }
  return open.length === 0 ? parts : undefined;
}

function* readTokens(sql: string): Generator<Token> {
  const pattern = new RegExp(tokenPattern);
  for (let match = pattern.exec(sql); match !== null; match = pattern.exec(sql)) {
    const [text] = match;
    const { space, text: quoted, name, word } = match.groups ?? {};
    if (space !== undefined) yield { kind: 'space', text };
    else if (quoted !== undefined) yield { kind: 'text', text };
    else if (name !== undefined) yield { kind: 'name', text };
    else yield { kind: word === undefined ? 'sign' : 'word', text };
  }
}

/** Both brackets of a group, with what was written between them. */
export function inBrackets({ open }: Group, inner: string): string {
  return `${open}${inner}${closing[open]}`;
}

/** The word at a place in capitals; undefined where none is. */
export function wordOf(part: Part | undefined): string | undefined {
  return part?.kind === 'word' ? part.text.toUpperCase() : undefined;
}

function isSign(part: Part | undefined, sign: string): boolean {
  return part?.kind === 'sign' && part.text === sign;
}

export function isSpace(part: Part | undefined): boolean {
  return part?.kind === 'space';
}

export function isRound(part: Part | undefined): part is Group {
  return part?.kind === 'group' && part.open === '(';
}

/** What stands between commas, without the space around it. Nothing at all is no argument. */
export function splitAtCommas(parts: readonly Part[]): readonly (readonly Part[])[] {
  const lists: Part[][] = [[]];
  for (const part of parts) {
    if (isSign(part, ',')) lists.push([]);
    else lists.at(-1)?.push(part);
  }
  const trimmed = lists.map(trim);
  return trimmed.length === 1 && trimmed[0]?.length === 0 ? [] : trimmed;
}

function trim(parts: readonly Part[]): readonly Part[] {
  const first = parts.findIndex((part) => !isSpace(part));
  return first < 0 ? [] : parts.slice(first, parts.findLastIndex((part) => !isSpace(part)) + 1);
}

import type { CellRules } from './file-format.ts';

/** Directives of a file that are remembered; of more, those that come later are ignored. */
const maxDirectives = 64;

/** What the directives of a file have said so far. */
export interface Directives {
  /** By name in lower case, without the columns. */
  readonly values: ReadonlyMap<string, string>;
  readonly names: readonly string[] | undefined;
  readonly types: readonly string[] | undefined;
}

export const noDirectives: Directives = { values: new Map(), names: undefined, types: undefined };

/**
 * Reads a line that begins with `#`: Zeek's `#fields` and the like, told apart by the separator (`#separator` by a space),
 * or the W3C's `#Fields: `, told apart by white space (Extended Log File Format).
 */
export function readDirective(line: string, before: Directives, rules: CellRules): Directives {
  const w3c = /^#([A-Za-z][\w-]*):\s*(.*)$/.exec(line);
  const [name = '', ...cells]: readonly string[] =
    w3c !== null
      ? [w3c[1] ?? '', ...(w3c[2] ?? '').split(/\s+/).filter((cell) => cell !== '')]
      : line.startsWith('#separator ')
        ? ['separator', line.slice('#separator '.length)]
        : line.slice(1).split(rules.separator);
  const key = name.toLowerCase();
  if (key === 'fields') return { ...before, names: cells, types: undefined };
  if (key === 'types') return { ...before, types: cells };
  if (!before.values.has(key) && before.values.size >= maxDirectives) return before;
  const value = w3c !== null ? (w3c[2] ?? '') : cells.join(rules.separator);
  return { ...before, values: new Map(before.values).set(key, value) };
}

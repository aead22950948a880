import { type ByteRules, makeByteRules } from './byte-row.ts';
import { type EscapeName, type Escapes, escapeNames, makeEscapes } from './escapes.ts';
import type { SpecReader } from './spec-reader.ts';

/** Records of some columns, told by their number or by what one of them says. */
export interface Version {
  readonly columns: readonly string[];
  readonly when?: { readonly index: number; readonly is: ReadonlySet<string> };
}

/** Where the names of columns come from. */
type Columns =
  | { readonly from: 'header' | 'directives' }
  | { readonly from: 'positions'; readonly versions: readonly Version[]; readonly headerLines: number };

/** How the bytes of a file are records of cells. */
export interface FileFormat {
  readonly columns: Columns;
  /** Undefined: tab, or what a `#separator` directive says. */
  readonly separator: string | undefined;
  /** Lines that begin with it are none of the records. */
  readonly comment: string | undefined;
  readonly escapes: readonly EscapeName[];
  /** Undefined: an empty cell, or what directives say. */
  readonly nulls: readonly string[] | undefined;
  readonly empties: readonly string[] | undefined;
  readonly setSeparator: string | undefined;
  /** A record may have fewer columns than are named; those are null. */
  readonly mayMiss: boolean;
  /** A record may have more; they are ignored. */
  readonly mayExceed: boolean;
}

const formatKeys = [
  ...['columns', 'versions', 'headerLines', 'separator', 'comment', 'escapes', 'null', 'empty', 'setSeparator'],
  ...['missingColumns', 'extraColumns'],
] as const;

export function readFileFormat(spec: SpecReader): FileFormat {
  spec.onlyKeys(formatKeys);
  const separator = spec.text('separator');
  if (separator !== undefined && !isSeparator(separator)) {
    spec.problem('is one ASCII character, and neither a quote, a backslash nor the end of a line', 'separator');
  }
  const comment = spec.text('comment');
  if (comment === '') spec.problem('is at least one character', 'comment');
  return {
    columns: readColumns(spec),
    separator,
    comment,
    escapes: readEscapes(spec),
    nulls: spec.texts('null'),
    empties: spec.texts('empty'),
    setSeparator: spec.text('setSeparator'),
    mayMiss: spec.choice('missingColumns', ['refuse', 'null'], 'refuse') === 'null',
    mayExceed: spec.choice('extraColumns', ['refuse', 'ignore'], 'refuse') === 'ignore',
  };
}

function isSeparator(text: string): boolean {
  return text.length === 1 && text >= '\u0001' && text <= '\u007f' && !'\n\r"\\'.includes(text);
}

function readEscapes(spec: SpecReader): readonly EscapeName[] {
  const names = spec.texts('escapes') ?? [];
  const known = escapeNames.filter((name) => names.includes(name));
  if (known.length < names.length) spec.problem(`are of ${escapeNames.join(', ')}`, 'escapes');
  return known;
}

function readColumns(spec: SpecReader): Columns {
  const columns = spec.spec['columns'];
  const headerLines = spec.number('headerLines') ?? 0;
  if (!Number.isSafeInteger(headerLines) || headerLines < 0) spec.problem('is a whole number', 'headerLines');
  if (columns === 'header' || columns === 'directives') {
    if (spec.has('versions') || spec.has('headerLines')) {
      spec.problem('"versions" and "headerLines" are for columns that are listed', 'columns');
    }
    return { from: columns };
  }
  const listed = Array.isArray(columns) ? [{ columns: readNames(spec) }] : spec.list('versions').map(readVersion);
  if (columns !== undefined && !Array.isArray(columns)) {
    spec.problem('is "header", "directives" or a list of names', 'columns');
  } else if (columns !== undefined && spec.has('versions')) spec.problem('go in the place of "columns"', 'versions');
  else if (listed.length === 0) spec.problem('needs "columns" or "versions"');
  return { from: 'positions', versions: listed, headerLines };

  function readVersion(value: Parameters<SpecReader['asObject']>[0], index: number): Version {
    const version = spec.below({}, 'versions').asObject(value, String(index));
    version.onlyKeys(['columns', 'when']);
    const names = readNames(version);
    const when = version.object('when');
    if (when === undefined) return { columns: names };
    when.onlyKeys(['column', 'is']);
    const at = names.indexOf(when.text('column') ?? '');
    if (at === -1) when.problem('is one of the columns of this version', 'column');
    return { columns: names, when: { index: at, is: new Set(when.texts('is') ?? []) } };
  }
}

function readNames(spec: SpecReader): readonly string[] {
  const names = spec.texts('columns') ?? [];
  if (names.length === 0) spec.problem('lists the names of the columns, in order', 'columns');
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) spec.problem('has a name twice', 'columns');
  return names;
}

/** Cells of a line, and what they mean, where directives can say how. */
export interface CellRules {
  readonly separator: string;
  readonly escapes: Escapes;
  /** Undefined where lines are read as texts alone. */
  readonly bytes: ByteRules | undefined;
  readonly nulls: readonly string[];
  readonly empties: readonly string[];
  readonly setSeparator: string;
}

/** The format with what directives say of it, where it says nothing itself (Zeek: separator, unset and empty fields). */
export function cellRules(format: FileFormat, directives: ReadonlyMap<string, string>): CellRules {
  const described = format.columns.from === 'directives';
  const separator = format.separator ?? (described ? separatorOf(directives.get('separator')) : '\t');
  const nulls = described ? [directives.get('unset_field') ?? '-'] : [''];
  const empties = described ? [directives.get('empty_field') ?? '(empty)'] : [];
  return {
    separator,
    escapes: makeEscapes(format.escapes, separator),
    bytes: makeByteRules(separator, format.escapes),
    nulls: format.nulls ?? nulls,
    empties: format.empties ?? empties,
    setSeparator: format.setSeparator ?? (described ? (directives.get('set_separator') ?? ',') : ','),
  };
}

/** `\x09`, or the character itself. */
function separatorOf(text = '\t'): string {
  const code = /^\\x([0-9a-fA-F]{2})$/.exec(text)?.[1];
  const separator = code === undefined ? text : String.fromCharCode(Number.parseInt(code, 16));
  return separator === '' ? '\t' : separator;
}

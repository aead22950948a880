import { type JsonValue, parseJson } from '../event/json.ts';
import { parsePointer, resolvePointer } from '../event/json-pointer.ts';
import { holdsChangedNumber } from '../event/number-text.ts';
import { type CellTexts, cellTexts } from './byte-row.ts';
import { isFault, jsonText, valueFault, type Written } from './fault.ts';
import { numberConverter, numberKeys } from './numbers.ts';
import { type Quick, remembered } from './quick.ts';
import type { SpecReader } from './spec-reader.ts';
import { dateConverter, timeConverter } from './times.ts';

const valueTypes = ['string', 'integer', 'number', 'boolean', 'time', 'date', 'json', 'array'] as const;

/** Keys of a spec: of a column, and of a value that is written otherwise than its column says. */
export const specKeys = [
  ...['type', 'null', 'empty', 'default', 'format', 'zone', 'enum', 'otherwise', 'true', 'false', 'trim', 'case'],
  ...['separator', 'items', 'pointer'],
  ...numberKeys,
] as const;

/** What holds for a file wherever a column says nothing else. */
export interface CellDefaults {
  readonly nulls: readonly string[];
  readonly empties: readonly string[];
  /** Between the elements of an array. */
  readonly setSeparator: string;
  /** What a cell means, of what was written. */
  readonly decode: (cell: string) => string;
  /** `makeJsonReader`, one for the columns of a file. */
  readonly readJson: (text: string) => JsonValue | undefined;
}

/** How a cell becomes JSON. */
export interface Converter {
  readonly isNull: (cell: string) => boolean;
  /**
   * JSON text of a cell that is not null; `cell` as it was written. `clean`: it has nothing to decode, and nothing that
   * JSON escapes.
   */
  readonly convertCell: (cell: string, clean: boolean) => Written;
  /** Of a text that is decoded already. */
  readonly convertText: (text: string) => Written;
  /** Instead of null. */
  readonly otherwise: string | undefined;
  /** The same of a cell that is neither null nor one of `empties`, and that has nothing to decode, from its bytes. */
  readonly quick: Quick;
  readonly nulls: CellTexts;
  readonly empties: CellTexts;
}

export function makeConverter(spec: SpecReader, defaults: CellDefaults): Converter {
  const type = spec.choice('type', valueTypes, 'string');
  const nulls = nullTexts(spec, defaults);
  const isNull = matcher(nulls);
  const empties = spec.texts('empty') ?? defaults.empties;
  const emptyJson = type === 'array' ? '[]' : '""';
  const { ofText, ofCell, quick }: ValueConverter =
    type === 'array' ? arrayConverter(spec, defaults) : scalar(spec, type, defaults);
  const convertText = trimmed(spec, ofText);
  const isEmpty = empties.length === 0 ? undefined : matcher(empties);
  const isPlain = quick.kind === 'text' && !spec.has('trim') && !spec.has('case');
  const byDefault = spec.spec['default'];
  const otherwise = byDefault === undefined ? undefined : JSON.stringify(byDefault);
  const bareOf = spec.spec['trim'] === true ? (cell: string) => cell.trim() : undefined;
  return {
    isNull,
    convertCell(cell, clean) {
      const bare = bareOf?.(cell) ?? cell;
      // What pads it may be all that kept it from being null.
      if (bare !== cell && isNull(bare)) return otherwise;
      if (isEmpty?.(bare)) return type === 'array' || type === 'string' ? emptyJson : valueFault;
      if (clean && isPlain) return `"${cell}"`;
      return ofCell === undefined ? convertText(defaults.decode(cell)) : ofCell(cell, clean);
    },
    convertText,
    otherwise,
    quick: spec.has('trim') || spec.has('case') ? remembered : quick,
    nulls: cellTexts(nulls),
    empties: cellTexts(empties),
  };
}

/** Of cells, as they are written, that are null in a column. */
export function nullTexts(spec: SpecReader, { nulls }: Pick<CellDefaults, 'nulls'>): readonly string[] {
  return spec.texts('null') ?? nulls;
}

export function matcher(texts: readonly string[]): (cell: string) => boolean {
  const [only, ...others] = texts;
  if (only === undefined) return () => false;
  if (others.length === 0) return (cell) => cell === only;
  const set = new Set(texts);
  // Most cells are longer, and need not be hashed.
  const maxLength = Math.max(...texts.map(({ length }) => length));
  return (cell) => cell.length <= maxLength && set.has(cell);
}

function trimmed(spec: SpecReader, convert: (text: string) => Written): (text: string) => Written {
  const trim = spec.spec['trim'];
  if (trim !== undefined && typeof trim !== 'boolean') spec.problem('is true or false', 'trim');
  const letters = spec.choice('case', ['keep', 'lower', 'upper'], 'keep');
  const cut = trim === true ? (text: string) => convert(text.trim()) : convert;
  if (letters === 'keep') return cut;
  return letters === 'lower' ? (text) => cut(text.toLowerCase()) : (text) => cut(text.toUpperCase());
}

type ScalarType = Exclude<(typeof valueTypes)[number], 'array'>;

function scalar(spec: SpecReader, type: ScalarType, defaults: CellDefaults): ValueConverter {
  const enumeration = spec.object('enum');
  const plain = plainScalar(spec, type, defaults);
  if (enumeration === undefined) return plain;
  const values = new Map(Object.entries(enumeration.spec).map(([text, value]) => [text, JSON.stringify(value)]));
  // `null` maps to no value.
  const otherwise = otherValue(spec, plain.ofText);
  return {
    quick: remembered,
    ofText(text) {
      const value = values.get(text);
      return value === undefined ? otherwise(text) : value === 'null' ? undefined : value;
    },
  };
}

/** What is none of an enumeration's texts: refused, kept as it is, left out, or a constant. */
function otherValue(spec: SpecReader, plain: (text: string) => Written): (text: string) => Written {
  const otherwise = spec.spec['otherwise'] ?? 'refuse';
  if (otherwise === 'refuse') return () => valueFault;
  if (otherwise === 'keep') return plain;
  if (otherwise === 'leave-out') return () => undefined;
  const constant = spec.object('otherwise');
  if (constant === undefined || constant.spec['$constant'] === undefined) {
    spec.problem('is "refuse", "keep", "leave-out" or {"$constant": …}', 'otherwise');
  }
  const text = JSON.stringify(constant?.spec['$constant'] ?? null);
  return () => text;
}

function plainScalar(spec: SpecReader, type: ScalarType, defaults: CellDefaults): ValueConverter {
  switch (type) {
    case 'string':
      return { ofText: jsonText, quick: { kind: 'text' } };
    case 'integer':
    case 'number':
      return numberConverter(spec, type);
    case 'boolean':
      return { ofText: booleanConverter(spec), quick: remembered };
    case 'time':
      return timeConverter(spec);
    case 'date':
      return { ofText: dateConverter(spec), quick: remembered };
    case 'json':
      return jsonConverter(spec, defaults);
  }
}

function booleanConverter(spec: SpecReader): (text: string) => Written {
  const isTrue = matcher(spec.texts('true') ?? ['true', 'TRUE', 'True', 'T', 't', '1', 'yes', 'Y']);
  const isFalse = matcher(spec.texts('false') ?? ['false', 'FALSE', 'False', 'F', 'f', '0', 'no', 'N']);
  return (text) => (isTrue(text) ? 'true' : isFalse(text) ? 'false' : valueFault);
}

/** The text itself, so that its numbers stay as they were written; or what a pointer leads to. */
function jsonConverter(spec: SpecReader, { readJson }: CellDefaults): ValueConverter {
  const path = spec.text('pointer');
  if (path === undefined) {
    return {
      quick: remembered,
      ofText(text) {
        const value = parseJson(text);
        return value === undefined ? valueFault : value === null ? undefined : text;
      },
    };
  }
  const pointer = parsePointer(path);
  if (pointer === undefined || pointer.up !== undefined) spec.problem('is a JSON pointer: /a/b', 'pointer');
  return {
    quick: pointer === undefined ? remembered : { kind: 'pointer', pointer },
    ofText(text) {
      const value = readJson(text);
      if (pointer === undefined || value === undefined) return valueFault;
      const found = resolvePointer(pointer, [value]);
      return found === undefined || found === null ? undefined : JSON.stringify(found);
    },
  };
}

/**
 * Reads JSON of a cell, once for several values of an event that are made of it. Undefined for what is none, and where a
 * number, written again, would be another one.
 */
export function makeJsonReader(): CellDefaults['readJson'] {
  let [lastText, last]: [string, JsonValue | undefined] = ['', undefined];
  return (text) => {
    if (text === lastText) return last;
    const value = parseJson(text);
    last = value === undefined || holdsChangedNumber(text) ? undefined : value;
    lastText = text;
    return last;
  };
}

interface ValueConverter {
  readonly ofText: (text: string) => Written;
  /** Of a cell as it was written; undefined: its text is enough. */
  readonly ofCell?: Converter['convertCell'];
  readonly quick: Quick;
}

function arrayConverter(spec: SpecReader, defaults: CellDefaults): ValueConverter {
  const separator = spec.text('separator') ?? defaults.setSeparator;
  if (separator === '') spec.problem('is at least one character', 'separator');
  const items = makeItems(spec, defaults);
  const split = (text: string) => (text === '' ? [] : text.split(separator));
  const { nulls, empties } = items;
  return {
    quick: items.quick.kind === 'text' ? { kind: 'list', separator, nulls, empties } : remembered,
    ofText: (text) => joined(split(text), items, items.convertText),
    // Elements are told apart before they are decoded, so that one may hold the separator as an escape.
    ofCell: (cell, clean) => joined(split(cell), items, (item) => items.convertCell(item, clean)),
  };
}

function makeItems(spec: SpecReader, defaults: CellDefaults): Converter {
  const items = spec.object('items') ?? spec.below({}, 'items');
  items.onlyKeys(specKeys);
  if (items.spec['type'] === 'array') items.problem('are no arrays', 'type');
  // An element that is empty is one, unless the column says otherwise.
  const own = items.has('null') ? {} : { nulls: defaults.nulls.filter((token) => token !== '') };
  return makeConverter(items, { ...defaults, ...own });
}

function joined(
  elements: readonly string[],
  { isNull }: Pick<Converter, 'isNull'>,
  convert: (element: string) => Written,
): Written {
  let text = '[';
  for (let at = 0; at < elements.length; at++) {
    const element = elements[at] ?? '';
    const value = isNull(element) ? undefined : convert(element);
    if (isFault(value)) return value;
    if (at > 0) text += ',';
    text += value ?? 'null';
  }
  return `${text}]`;
}

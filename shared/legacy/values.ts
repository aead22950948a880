import { isJsonObject, type JsonObject, type JsonValue } from '../event/json.ts';
import { type CellTexts, cellTexts } from './byte-row.ts';
import { type CellDefaults, type Converter, makeConverter, matcher, nullTexts, specKeys } from './convert.ts';
import { directiveSpec } from './directive-types.ts';
import { type Fault, isFault, jsonText } from './fault.ts';
import type { Row } from './row.ts';
import type { Shape, Value } from './shape.ts';
import { SpecReader } from './spec-reader.ts';

/** Which columns records have, in order. */
export interface Layout {
  readonly names: readonly string[];
  /** What a `#types` directive says of them. */
  readonly types?: readonly string[];
}

export interface ValueContext {
  /** Undefined: any column may be there; only what is declared is judged. */
  readonly layout: Layout | undefined;
  /** What the mapping says of columns, by name. */
  readonly columns: SpecReader;
  readonly defaults: CellDefaults;
  /** Of columns, by name and spec. */
  readonly converters: Map<string, Converter>;
  /** Files say of columns what type they have. */
  readonly described: boolean;
  /** Columns that are named and not there. */
  readonly missing: Set<string>;
  /** Directives that are named. */
  readonly directives: Set<string>;
}

/** What a mapping may say of a value beside its tree; everything else in an object is a property. */
const valueKeys = ['$column', '$template', '$first', '$constant', '$directive'] as const;

/**
 * A value of an event: the name of a column, an object of properties, an array of values, or an object with one of
 * `valueKeys`. What is null is left out, and so is an object of nothing.
 */
export function compileValue(value: JsonValue, at: SpecReader, context: ValueContext): Value {
  if (typeof value === 'string') return columnWriter(value, {}, { at, context });
  if (Array.isArray(value)) return arrayWriter(value, at, context);
  if (!isJsonObject(value)) {
    at.problem('is the name of a column, an object, an array, or {"$constant": …}');
    return constantOf(undefined);
  }
  const kinds = valueKeys.filter((key) => value[key] !== undefined);
  const [kind] = kinds;
  if (kind === undefined) return objectWriter(value, at, context);
  if (kinds.length > 1) at.problem(`has ${kinds.join(' and ')}: one of them is enough`);
  return compileSpecial(kind, value, { at, context });
}

interface Place {
  readonly at: SpecReader;
  readonly context: ValueContext;
}

function compileSpecial(kind: (typeof valueKeys)[number], value: JsonObject, place: Place): Value {
  const { at, context } = place;
  const { [kind]: of, ...own } = value;
  const spec = at.below(value, kind);
  new SpecReader(own, at.pointer, at.problems).onlyKeys(
    kind === '$column' || kind === '$template' || kind === '$directive' ? specKeys : [],
  );
  if (kind === '$constant') {
    return constantOf(of === null ? undefined : JSON.stringify(of));
  }
  if (kind === '$first') {
    const values = Array.isArray(of) ? of : [];
    if (values.length === 0) spec.problem('is a list of values');
    return firstOf(values.map((one, index) => compileValue(one, spec.below({}, String(index)), context)));
  }
  if (typeof of !== 'string') {
    spec.problem('is a text');
    return constantOf(undefined);
  }
  if (kind === '$column') return columnWriter(of, own, place);
  return kind === '$template' ? templateWriter(of, own, place) : directiveWriter(of, own, place);
}

function constantOf(text: string | undefined): Value {
  return { write: () => text, shape: { kind: 'constant', text } };
}

function firstOf(values: readonly Value[]): Value {
  return {
    shape: { kind: 'first', values },
    write(row) {
      for (const { write } of values) {
        const value = write(row);
        if (value !== undefined) return value;
      }
      return undefined;
    },
  };
}

function columnWriter(name: string, own: JsonObject, { at, context }: Place): Value {
  const index = indexOf(name, context);
  const declared = context.columns.spec[name];
  const typed = context.layout?.types === undefined ? {} : directiveSpec(context.layout.types[index] ?? '');
  const spec = { ...typed, ...(isJsonObject(declared) ? declared : {}), ...own };
  const converter = columnConverter(name, spec, { at, context });
  const { isNull, convertCell, otherwise } = converter;
  if (index === -1) return constantOf(otherwise);
  return {
    shape: { kind: 'column', index, converter },
    write({ cells, clean }) {
      const cell = cells[index];
      if (cell === undefined || isNull(cell)) return otherwise;
      const value = convertCell(cell, clean);
      return typeof value === 'object' ? ofColumn(value, name) : value;
    },
  };
}

/** One for all values that read a column in the same way: the time of an event is mostly in its data as well. */
function columnConverter(name: string, spec: JsonObject, { at, context }: Place): Converter {
  const key = JSON.stringify([name, spec]);
  const known = context.converters.get(key);
  if (known !== undefined) return known;
  const before = at.problems.length;
  const converter = makeConverter(new SpecReader(spec, at.pointer, at.problems), context.defaults);
  // What is wrong with it is told wherever it is used.
  if (at.problems.length === before) context.converters.set(key, converter);
  return converter;
}

function ofColumn({ reason }: Fault, column: string): Fault {
  return { reason, column };
}

/** -1 where it is not there, which is noted. */
function indexOf(name: string, { layout, missing }: ValueContext): number {
  if (layout === undefined) return 0;
  const index = layout.names.indexOf(name);
  if (index === -1) missing.add(name);
  return index;
}

const reference = /\{([^{}]+)\}/g;

function templateWriter(template: string, own: JsonObject, { at, context }: Place): Value {
  const names = [...template.matchAll(reference)].map(([, name = '']) => name);
  if (names.length === 0) at.problem('names no column: "tv:{device_id}"', '$template');
  const texts = template.split(reference).filter((_, index) => index % 2 === 0);
  const readers = names.map((name) => textReader(name, context));
  const converter = makeConverter(new SpecReader(own, at.pointer, at.problems), context.defaults);
  const { convertText, otherwise } = converter;
  // A text that is not well-formed may be so with what comes beside it.
  const isPlain = converter.quick.kind === 'text' && template.isWellFormed();
  return {
    shape: isPlain ? { kind: 'template', texts, parts: readers, otherwise } : written,
    write(row) {
      let text = texts[0] ?? '';
      for (let index = 0; index < readers.length; index++) {
        const part = readers[index]?.read(row);
        if (part === undefined) return otherwise;
        text += part + (texts[index + 1] ?? '');
      }
      const value = convertText(text);
      return typeof value === 'object' ? ofColumn(value, names[0] ?? '') : value;
    },
  };
}

export interface TextReader {
  readonly index: number;
  readonly nulls: CellTexts;
  /** What a column means as text; undefined where it is null. */
  readonly read: (row: Row) => string | undefined;
}

export function textReader(name: string, context: ValueContext): TextReader {
  const index = indexOf(name, context);
  const declared = context.columns.spec[name];
  const spec = new SpecReader(isJsonObject(declared) ? declared : {}, context.columns.pointer, []);
  const nulls = nullTexts(spec, context.defaults);
  const isNull = matcher(nulls);
  const { decode } = context.defaults;
  return {
    index,
    nulls: cellTexts(nulls),
    read({ cells }) {
      const cell = cells[index];
      return cell === undefined || isNull(cell) ? undefined : decode(cell);
    },
  };
}

const written: Shape = { kind: 'written' };

function directiveWriter(name: string, own: JsonObject, { at, context }: Place): Value {
  context.directives.add(name);
  const { convertText, otherwise } = makeConverter(new SpecReader(own, at.pointer, at.problems), context.defaults);
  return {
    shape: { kind: 'directive', name, ofText: convertText, otherwise },
    write({ directives }) {
      const text = directives.get(name);
      return text === undefined ? otherwise : convertText(text);
    },
  };
}

function arrayWriter(elements: readonly JsonValue[], at: SpecReader, context: ValueContext): Value {
  const values = elements.map((value, index) => compileValue(value, at.below({}, String(index)), context));
  return {
    shape: { kind: 'array', values },
    write(row) {
      const texts: string[] = [];
      for (const { write } of values) {
        const value = write(row);
        if (isFault(value)) return value;
        if (value !== undefined) texts.push(value);
      }
      return texts.length === 0 ? undefined : `[${texts.join(',')}]`;
    },
  };
}

function objectWriter(value: JsonObject, at: SpecReader, context: ValueContext): Value {
  const { $columns: all, ...own } = value;
  const entries = Object.entries(
    all === undefined ? own : { ...allColumns(at.asObject(all, '$columns'), context), ...own },
  );
  const properties = entries.map(([name, property]) => ({
    name,
    value: compileValue(property, at.below({}, name), context),
  }));
  const writers = properties.map(({ name, value: { write } }) => ({ before: `${jsonText(name)}:`, write }));
  return {
    shape: { kind: 'object', properties },
    write(row) {
      let text = '';
      for (let at = 0; at < writers.length; at++) {
        const written = writers[at]?.write(row);
        if (written === undefined) continue;
        if (typeof written === 'object') return written;
        text += (text === '' ? '{' : ',') + writers[at]?.before + written;
      }
      return text === '' ? undefined : `${text}}`;
    },
  };
}

/** A property of each column; with `nested` a name such as `id.orig_h` is a property in a property. */
function allColumns(spec: SpecReader, { layout }: ValueContext): JsonObject {
  spec.onlyKeys(['except', 'nested']);
  const except = new Set(spec.texts('except') ?? []);
  const nested = spec.text('nested');
  if (nested === '') spec.problem('is at least one character', 'nested');
  const properties: JsonObject = {};
  for (const name of layout?.names ?? []) {
    if (except.has(name)) continue;
    const segments = nested === undefined || nested === '' ? [name] : name.split(nested);
    let object = properties;
    for (const segment of segments.slice(0, -1)) {
      const inner = Object.hasOwn(object, segment) ? object[segment] : undefined;
      // A column of the name itself is left beside, under its whole name.
      object = isJsonObject(inner) && inner['$column'] === undefined ? inner : own(object, segment, {});
    }
    own(object, segments.at(-1) ?? name, { $column: name });
  }
  return properties;
}

/** As a property of its own, whatever its name. */
function own(object: JsonObject, name: string, value: JsonObject): JsonObject {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
  return value;
}

import { contentHash } from '../event/canonical-json.ts';
import type { JsonObject } from '../event/json.ts';
import { remember } from '../event/remember.ts';
import type { SchemaProblem } from '../event/schema-problem.ts';
import { type ByteRule, makeByteRule } from './byte-events.ts';
import { makeJsonReader, specKeys } from './convert.ts';
import { compileRule, type EventRule } from './event-rules.ts';
import { type CellRules, cellRules, type FileFormat, readFileFormat } from './file-format.ts';
import { SpecReader } from './spec-reader.ts';
import type { Layout, ValueContext } from './values.ts';

/** How records of one layout become events: the first rule that fits counts. */
export interface RecordPlan {
  readonly rules: readonly EventRule[];
  /** The same rules, of bytes. */
  readonly byteRules: readonly ByteRule[];
  /** Columns that the mapping names and the layout has not. */
  readonly missing: readonly string[];
  /** Positions of the columns that do not make a record's identity. */
  readonly exceptIndexes: readonly number[];
  /** Directives that events show. */
  readonly directives: readonly string[];
}

/** A mapping that can be used: what `schemas/legacy/<name>.json` says. */
export interface LegacyMapping {
  readonly name: string;
  /** Binding under which its events are sent: `legacy-<name>`. */
  readonly sdk: string;
  /** Of the document; another one is another mapping. */
  readonly hash: string;
  /** The event types that records can become. */
  readonly types: readonly string[];
  /** Types whose events have an id that columns say. */
  readonly typesWithId: readonly string[];
  readonly format: FileFormat;
  readonly plan: (layout: Layout, rules: CellRules) => RecordPlan;
}

export type ReadMapping =
  | { readonly kind: 'mapping'; readonly mapping: LegacyMapping }
  | { readonly kind: 'bad'; readonly problems: readonly SchemaProblem[] };

/** Kebab case, short enough for the name of its binding. */
export const mappingName = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;

const mappingKeys = ['$schema', '$comment', 'title', 'description', 'owner', 'format', 'identity', 'columns', 'events'];

const mappings = new Map<string, ReadMapping>();

/** `compileMapping`, once for equal documents: what they become is read anew for every call that exports a file. */
export function readMapping(name: string, document: JsonObject): ReadMapping {
  const hash = contentHash(document);
  return remember(mappings, `${name} ${hash}`, maxKept, () => compileMapping(name, document, hash));
}

/**
 * Reads a mapping: everything that can be judged without a file is. What names a column that no version lists is a
 * problem; where the names come from the file, a column that is missing there makes the file unusable.
 */
function compileMapping(name: string, document: JsonObject, hash: string): ReadMapping {
  const problems: SchemaProblem[] = [];
  const spec = new SpecReader(document, '', problems);
  if (!mappingName.test(name) || name.length > 64)
    spec.problem('the name of the file is kebab case, 64 characters at most');
  spec.onlyKeys(mappingKeys);
  const format = readFileFormat(spec.object('format') ?? spec.below({}, 'format'));
  const columns = spec.object('columns') ?? spec.below({}, 'columns');
  for (const column of Object.keys(columns.spec)) columns.asObject(columns.spec[column], column).onlyKeys(specKeys);
  const events = spec.list('events');
  if (events.length === 0) spec.problem('needs "events": what a record becomes');
  const identity = spec.object('identity') ?? spec.below({}, 'identity');
  identity.onlyKeys(['except']);
  const except = identity.texts('except') ?? [];

  function compile(layout: Layout | undefined, rules: CellRules, own: SchemaProblem[]): RecordPlan {
    const missing = new Set<string>();
    const context: ValueContext = {
      layout,
      columns: new SpecReader(columns.spec, columns.pointer, own),
      defaults: { ...rules, decode: rules.escapes.decode, readJson: makeJsonReader() },
      converters: new Map(),
      described: format.columns.from === 'directives',
      missing,
      directives: new Set(),
    };
    const list = new SpecReader({}, '/events', own);
    const compiled = events.map((event, at) => compileRule(event, list.below({}, String(at)), context));
    const exceptIndexes = except.map((column) => layout?.names.indexOf(column) ?? -1).filter((at) => at !== -1);
    return {
      rules: compiled,
      byteRules: compiled.map(makeByteRule),
      missing: [...missing],
      exceptIndexes,
      directives: [...context.directives],
    };
  }

  const rules = cellRules(format, new Map());
  const versions = format.columns.from === 'positions' ? format.columns.versions : [undefined];
  let types: RecordPlan['rules'] = [];
  let missing: readonly string[] | undefined;
  for (const [at, version] of versions.entries()) {
    // Each says the same of specs; they are told once.
    const own: SchemaProblem[] = [];
    const plan = compile(version === undefined ? undefined : { names: version.columns }, rules, own);
    if (at === 0) problems.push(...own);
    types = plan.rules;
    missing = plan.missing.filter((column) => missing?.includes(column) ?? true);
  }
  // What one version has is null in the others.
  if (missing !== undefined && missing.length > 0 && !format.mayMiss) {
    problems.push({ pointer: '/format', message: `no column is called ${missing.join(', ')}` });
  }
  if (problems.length > 0) return { kind: 'bad', problems };
  const writers = types.flatMap(({ event }) => (event === undefined ? [] : [event]));
  return {
    kind: 'mapping',
    mapping: {
      name,
      sdk: `legacy-${name}`,
      hash,
      types: [...new Set(writers.map(({ type }) => type))],
      typesWithId: [...new Set(writers.filter(({ id }) => id !== undefined).map(({ type }) => type))],
      format,
      plan: remembering((layout, cells) => compile(layout, cells, [])),
    },
  };
}

/** Layouts of a mapping, and mappings, whose plans are kept. */
const maxKept = 16;

/** A file has few layouts, and the calls that read it one after the other go on with the plans of the first. */
function remembering(compile: LegacyMapping['plan']): LegacyMapping['plan'] {
  const plans = new Map<string, RecordPlan>();
  return (layout, rules) => {
    const { separator, nulls, empties, setSeparator } = rules;
    const key = JSON.stringify([layout, separator, nulls, empties, setSeparator]);
    return remember(plans, key, maxKept, () => compile(layout, rules));
  };
}

import { createHash } from 'node:crypto';
import { isJsonObject, type JsonObject, type JsonValue } from '../../event/json.ts';
import { fragmentText, parsePointer, pointerSegment, resolvePointer } from '../../event/json-pointer.ts';
import type { SchemaProblem } from '../../event/schema-problem.ts';
import {
  type Address,
  type Addresses,
  fileUri,
  foldersOf,
  fragmentOf,
  makeAddresses,
  normalisePath,
  pathOfUri,
  recursiveAnchor,
  resolveUri,
  type Scope,
  type Source,
} from './addresses.ts';
import { type Draft, readDraft } from './draft.ts';
import { documentBounds, nestingProblem, type SchemaTextResult } from './schema-text.ts';
import { modernKeywords, type Subschema, silenceContains } from './subschemas.ts';

/** Where something stood in what was read. */
interface Origin {
  /** Relative to the base folder; absent for the document itself. */
  readonly file?: string;
  readonly pointer: string;
}

/**
 * One self-contained JSON Schema 2020-12 document, whatever draft and however many files it was written in: no keyword of
 * an older draft, no `$id` or anchor, and every `$ref` a JSON Pointer into the document in URI fragment form
 * (RFC 6901 section 6): `localReference` follows it. A `$ref` that could not be resolved keeps its text.
 */
export interface SchemaDocument {
  readonly root: JsonObject | boolean;
  /** That it was read by. */
  readonly draft: Draft;
  /** What was understood all the same, such as a `$schema` that names no draft. */
  readonly notices: readonly SchemaProblem[];
  /** References that lead to nothing, out of the base folder or to the network. Pointers into `root`. */
  readonly problems: readonly SchemaProblem[];
  origin(pointer: string): Origin;
}

export type SchemaDocumentResult =
  | { readonly kind: 'document'; readonly document: SchemaDocument }
  | { readonly kind: 'bad'; readonly problems: readonly SchemaProblem[] };

/** Reads a file by its path below the base folder, `/`-separated, without `..`; undefined when there is none. */
export type ReadSchemaFile = (path: string) => SchemaTextResult | undefined;

export interface ReadDocumentOptions {
  /** Without it, references into other files are problems. */
  readonly readFile?: ReadSchemaFile;
  /** Path of the document itself below the base folder, for references relative to it. */
  readonly file?: string;
}

/** Reads a schema of draft 04, 06, 07, 2019-09 or 2020-12. Never throws, and asks no network. */
export function readSchemaDocument(value: JsonValue, options: ReadDocumentOptions = {}): SchemaDocumentResult {
  if (!isJsonObject(value) && typeof value !== 'boolean') {
    return { kind: 'bad', problems: [{ pointer: '', message: 'a schema is a JSON object, true or false' }] };
  }
  const tooDeep = nestingProblem(value);
  if (tooDeep !== undefined) return { kind: 'bad', problems: [tooDeep] };
  const reading = readDraft(value);
  const source: Source = { root: value, reading, places: new Map(), ...(options.file ? { file: options.file } : {}) };
  const run = new Bundle(options);
  const root = run.add(source, '');
  if (typeof root === 'object') run.finish(root);
  if (run.failure !== undefined) return { kind: 'bad', problems: [run.failure] };
  const { notices, problems } = run;
  if (reading.unknownUri !== undefined) {
    const message = `${JSON.stringify(reading.unknownUri)} names no draft of JSON Schema; read as ${reading.draft}`;
    notices.unshift({ pointer: '/$schema', message });
  }
  return { kind: 'document', document: { root, draft: reading.draft, notices, problems, origin: run.origin } };
}

interface OpenReference {
  /** `$dynamicRef` and `$recursiveRef`: where it leads depends on the way there. */
  readonly isDynamic: boolean;
  readonly node: { [keyword: string]: JsonValue };
  readonly reference: string;
  readonly scope: Scope;
  readonly from: Address;
  readonly at: string;
}

/** A document while it is put together. */
class Bundle {
  readonly notices: SchemaProblem[] = [];
  readonly problems: SchemaProblem[] = [];
  failure: SchemaProblem | undefined;
  readonly #options: ReadDocumentOptions;
  readonly #addresses: Addresses = makeAddresses();
  readonly #files = new Map<string, Source>();
  readonly #origins = new Map<string, Origin>();
  readonly #open: OpenReference[] = [];
  readonly #openDynamic: OpenReference[] = [];
  #main: Source | undefined;
  readonly #embedded: Map<string, JsonValue> = new Map();
  #nodes = 0;

  constructor(options: ReadDocumentOptions) {
    this.#options = options;
  }

  /** Takes in a whole file, to stand at a pointer. Its references are left open. */
  add(source: Source, at: string): JsonObject | boolean {
    const address = { source, pointer: '' };
    this.#main ??= source;
    if (source.file !== undefined) this.#files.set(source.file, source);
    const modern = this.#modernise(source.root, { from: address, at, scope: scopeOf(address) });
    return isJsonObject(modern) ? modern : modern === true;
  }

  /** Resolves what is open, taking in what that leads to, and puts that below the root's `$defs`. */
  finish(root: { [keyword: string]: JsonValue }): void {
    const own = isJsonObject(root['$defs']) ? root['$defs'] : {};
    // What depends on all that is there comes last.
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const found = this.#resolve(next, own);
      const target = next.isDynamic && typeof found !== 'string' ? this.#dynamic(found, next) : found;
      if (typeof target !== 'string') setReference(next, `#${fragmentOf(this.#place(target, own))}`);
      else if (next.isDynamic && typeof found !== 'string') setReference(next, target);
      else this.problems.push({ pointer: `${next.at}/$ref`, message: target });
    }
    if (this.#embedded.size > 0) root['$defs'] = Object.fromEntries([...Object.entries(own), ...this.#embedded]);
  }

  readonly origin = (pointer: string): Origin => {
    for (let end = pointer.length; end >= 0; end = pointer.lastIndexOf('/', end - 1)) {
      const origin = this.#origins.get(pointer.slice(0, end));
      if (origin !== undefined) return { ...origin, pointer: origin.pointer + pointer.slice(end) };
      if (end === 0) break;
    }
    return { pointer };
  };

  #modernise(value: JsonValue, site: { from: Address; at: string; scope: Scope }): JsonValue {
    const { from, at } = site;
    if (++this.#nodes > documentBounds.maxNodes) {
      this.failure ??= { pointer: '', message: `this holds more than ${documentBounds.maxNodes} schemas` };
      return true;
    }
    from.source.places.set(from.pointer, at);
    const { file } = from.source;
    this.#origins.set(at, { pointer: from.pointer, ...(file === undefined ? {} : { file }) });
    if (!isJsonObject(value)) {
      if (typeof value !== 'boolean')
        this.problems.push({ pointer: at, message: 'a schema is an object, true or false' });
      return value;
    }
    const scope = this.#addresses.enter(value, from, site.scope);
    const inside = (child: Subschema): JsonValue =>
      this.#modernise(child.value, {
        from: { source: from.source, pointer: from.pointer + child.from },
        at: at + child.to,
        scope,
      });
    const node = Object.fromEntries(
      modernKeywords(value, from.source.reading).map(({ keyword, content }): [string, JsonValue] => {
        if (content.kind === 'literal') return [keyword, content.value];
        if (content.kind === 'schema') return [keyword, inside(content.schema)];
        if (content.kind === 'list') return [keyword, content.schemas.map(inside)];
        return [keyword, Object.fromEntries([...content.schemas].map(([name, child]) => [name, inside(child)]))];
      }),
    );
    if (from.source.reading.containsIsSilent === true) silenceContains(node);
    const { $ref, $dynamicRef } = node;
    if (typeof $ref === 'string') this.#open.push({ node, reference: $ref, scope, from, at, isDynamic: false });
    if (typeof $dynamicRef === 'string') {
      delete node['$dynamicRef'];
      this.#openDynamic.push({ node, reference: $dynamicRef, scope, from, at, isDynamic: true });
    }
    return node;
  }

  #next(): OpenReference | undefined {
    return this.#open.shift() ?? this.#openDynamic.shift();
  }

  /**
   * What a dynamic reference means (core section 8.2.3.2): the outermost schema of its name on the way there. The document
   * itself is always on it, so that its own goes first; where there is none, and more than one elsewhere, the way decides,
   * and the answer is a text that leads to nothing and is equal in equal documents only.
   */
  #dynamic(found: Address, { reference, from }: OpenReference): Address | string {
    const [, fragment = ''] = reference.split('#');
    const anchors = this.#addresses.dynamicAnchors(fragment === '' ? recursiveAnchor : fragment);
    if (!anchors.some(({ at }) => at.source === found.source && at.pointer === found.pointer)) return found;
    const outermost = anchors.find(({ resource }) => resource.source === this.#main && resource.pointer === '');
    if (outermost !== undefined) return outermost.at;
    if (anchors.length === 1) return found;
    this.notices.push({
      pointer: from.pointer,
      message: `what ${JSON.stringify(reference)} means depends on the way there, and was not decided`,
    });
    const whole = createHash('sha1')
      .update(JSON.stringify(this.#main?.root ?? null))
      .digest('base64');
    return `dynamic:${fragment}:${whole}`;
  }

  /** What a reference leads to, or what is wrong with it. */
  #resolve({ reference, scope, from }: OpenReference, own: JsonObject): Address | string {
    const [uri = '', ...rest] = reference.split('#');
    const fragment = fragmentText(rest.join('#'));
    if (fragment === undefined) return `the reference ${JSON.stringify(reference)} is badly percent-encoded`;
    const resource = uri === '' ? scope.resource : this.#resource(uri, { scope, from }, own);
    if (typeof resource === 'string') return resource;
    const { source } = resource;
    if (fragment === '') return resource;
    if (!fragment.startsWith('/')) {
      return this.#addresses.anchor(resource, fragment) ?? `there is no anchor "${fragment}"`;
    }
    const pointer = resource.pointer + fragment;
    return valueAt({ source, pointer }) !== undefined
      ? { source, pointer }
      : `the reference ${JSON.stringify(reference)} leads to nothing`;
  }

  #resource(
    uri: string,
    { scope, from }: Pick<OpenReference, 'scope' | 'from'>,
    definitions: JsonObject,
  ): Address | string {
    const absolute = resolveUri(uri, scope.uri);
    const known = absolute === undefined ? undefined : this.#addresses.resource(absolute);
    if (known !== undefined) return known;
    if (/^([a-z][a-z0-9+.-]*:|\/\/)/i.test(uri)) return `"${uri}" leads to the network, which is not asked`;
    if (uri.startsWith('/')) return `"${uri}" leads out of the base folder; give a path relative to this file`;
    const name = fragmentText(uri) ?? uri;
    // A URI never leads above its root, so `..` that leads out would not show in it.
    const own = absolute === undefined || uri.includes('..') ? undefined : pathOfUri(absolute);
    const paths = [...foldersOf(from.source.file).map((folder) => normalisePath(folder + name)), own].filter(
      (path) => path !== undefined,
    );
    if (paths.length === 0) return `"${uri}" leads out of the base folder`;
    for (const path of paths) {
      const found = this.#file(path, definitions);
      if (found !== undefined) return found;
    }
    return `there is no file "${uri}" below the base folder`;
  }

  #file(path: string, own: JsonObject): Address | string | undefined {
    const known = this.#files.get(path);
    if (known !== undefined) return { source: known, pointer: '' };
    const text = this.#options.readFile?.(path);
    if (text === undefined) return undefined;
    if (this.#files.size >= documentBounds.maxFiles) return `this draws in more than ${documentBounds.maxFiles} files`;
    if (text.kind === 'bad') return `"${path}": ${text.problems[0]?.message ?? 'cannot be read'}`;
    const { value } = text;
    if (!isJsonObject(value) && typeof value !== 'boolean') return `"${path}" holds no schema`;
    const source: Source = { file: path, root: value, reading: readDraft(value), places: new Map() };
    const name = this.#freeName(path, own);
    this.#embedded.set(name, true);
    this.#embedded.set(name, this.add(source, `/$defs/${pointerSegment(name)}`));
    return { source, pointer: '' };
  }

  /** Where a schema stands now. One under a keyword that nobody knows is taken in when it is referred to. */
  #place(target: Address, own: JsonObject): string {
    const known = target.source.places.get(target.pointer);
    if (known !== undefined) return known;
    const value = valueAt(target);
    const name = this.#freeName(target.pointer.slice(1), own);
    const at = `/$defs/${pointerSegment(name)}`;
    this.#embedded.set(name, this.#modernise(value ?? true, { from: target, at, scope: scopeOf(target) }));
    return at;
  }

  #freeName(wanted: string, own: JsonObject): string {
    let name = wanted;
    for (let n = 2; Object.hasOwn(own, name) || this.#embedded.has(name); n++) name = `${wanted} (${n})`;
    return name;
  }
}

function valueAt({ source, pointer }: Address): JsonValue | undefined {
  const parsed = parsePointer(pointer);
  return parsed === undefined ? undefined : resolvePointer(parsed, [source.root]);
}

/** Beside another reference, both hold. */
function setReference({ node, isDynamic }: OpenReference, reference: string): void {
  if (!isDynamic || node['$ref'] === undefined) node['$ref'] = reference;
  else node['allOf'] = [...(Array.isArray(node['allOf']) ? node['allOf'] : []), { $ref: reference }];
}

function scopeOf({ source }: Address): Scope {
  const root = { source, pointer: '' };
  return { uri: fileUri(source.file ?? ''), resource: root };
}

import type { JsonObject } from '../../event/json.ts';
import { fragmentText } from '../../event/json-pointer.ts';
import type { DraftReading } from './draft.ts';

/** A file that a document is made of. */
export interface Source {
  /** Relative to the base folder; absent for the document that was given as a value. */
  readonly file?: string;
  readonly root: JsonObject | boolean;
  readonly reading: DraftReading;
  /** Where each schema that stood in it stands now. Pointers of `root` to pointers of the finished document. */
  readonly places: Map<string, string>;
}

/** A schema in a source, by JSON Pointer. */
export interface Address {
  readonly source: Source;
  readonly pointer: string;
}

/** Where a `$ref` stands: what it is relative to. */
export interface Scope {
  readonly uri: string;
  /** The schema that gave the URI, whose `#` this is. */
  readonly resource: Address;
}

/** URIs and anchors of everything read so far (JSON Schema 2020-12 sections 8.2.1 and 8.2.2). */
export interface Addresses {
  /** The scope inside a schema, which may name itself. */
  enter(node: JsonObject, at: Address, outer: Scope): Scope;
  resource(uri: string): Address | undefined;
  anchor(resource: Address, name: string): Address | undefined;
  /** Every schema that is called so dynamically, with the resource that it is in (core section 8.2.2). */
  dynamicAnchors(name: string): readonly DynamicAnchor[];
}

interface DynamicAnchor {
  readonly resource: Address;
  readonly at: Address;
}

/** The name that a `$recursiveAnchor` of 2019-09 has here: no anchor can be called so. */
export const recursiveAnchor = '#';

const scheme = 'edi-schema:///';

/** The URI of a file below the base folder, as far as references inside it are concerned. */
export function fileUri(file: string): string {
  return `${scheme}${file.split('/').map(encodeURIComponent).join('/')}`;
}

/** The path below the base folder that such a URI names, also one that an `$id` relative to that folder made. */
export function pathOfUri(uri: string): string | undefined {
  return uri.startsWith(scheme) ? fragmentText(uri.slice(scheme.length)) || undefined : undefined;
}

/** A reference resolved against a URI (RFC 3986 section 5), without its fragment. */
export function resolveUri(reference: string, base: string): string | undefined {
  return URL.parse(reference, base)?.href.replace(/#.*$/s, '');
}

export function makeAddresses(): Addresses {
  const resources = new Map<string, Address>();
  const anchors = new Map<Source, Map<string, Address>>();
  const dynamic = new Map<string, DynamicAnchor[]>();

  const anchorName = (resource: Address, name: string) => `${resource.pointer}#${name}`;

  function addAnchor(scope: Scope, name: string, at: Address): void {
    const known = anchors.get(at.source) ?? new Map<string, Address>();
    known.set(anchorName(scope.resource, name), at);
    anchors.set(at.source, known);
  }

  function addDynamic(name: string, anchor: DynamicAnchor): void {
    dynamic.set(name, [...(dynamic.get(name) ?? []), anchor]);
  }

  function ownUri(node: JsonObject, at: Address): string | undefined {
    const { $id, id } = node;
    if (typeof $id === 'string') return $id;
    const { draft, named } = at.source.reading;
    return typeof id === 'string' && (draft === '04' || !named) ? id : undefined;
  }

  return {
    enter(node, at, outer) {
      const uri = ownUri(node, at);
      let scope = outer;
      // Until 07 an id that is a fragment alone was what 2019-09 calls an anchor.
      if (uri?.startsWith('#')) addAnchor(scope, uri.slice(1), at);
      else if (uri !== undefined) {
        scope = { uri: resolveUri(uri, outer.uri) ?? outer.uri, resource: at };
        if (!resources.has(scope.uri)) resources.set(scope.uri, at);
      }
      for (const keyword of ['$anchor', '$dynamicAnchor']) {
        const name = node[keyword];
        if (typeof name === 'string') addAnchor(scope, name, at);
      }
      const { $dynamicAnchor: name, $recursiveAnchor: recursive } = node;
      if (typeof name === 'string') addDynamic(name, { resource: scope.resource, at });
      if (recursive === true) addDynamic(recursiveAnchor, { resource: scope.resource, at: scope.resource });
      return scope;
    },
    dynamicAnchors: (name) => dynamic.get(name) ?? [],
    resource: (uri) => resources.get(uri),
    anchor: (resource, name) => anchors.get(resource.source)?.get(anchorName(resource, name)),
  };
}

/** The folder of a file, and those around it: many collections write their paths from their root, not from the file. */
export function foldersOf(file: string | undefined): string[] {
  const folders: string[] = [];
  for (let folder = file ?? ''; folder !== ''; ) {
    folder = folder.replace(/[^/]*\/?$/, '');
    folders.push(folder);
  }
  return folders.length === 0 ? [''] : folders;
}

/** Undefined when the path leads out. */
export function normalisePath(path: string): string | undefined {
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') segments.push(segment);
    else if (segments.pop() === undefined) return undefined;
  }
  return segments.length === 0 ? undefined : segments.join('/');
}

/** A pointer as a URI fragment. Half a surrogate pair, which no URI can hold, stays as it is. */
export function fragmentOf(pointer: string): string {
  return pointer.isWellFormed() ? encodeURI(pointer).replaceAll('#', '%23') : pointer;
}

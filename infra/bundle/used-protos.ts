import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';

/** Calls of a service: the methods by its full name, such as `google.pubsub.v1.Publisher`. */
export type UsedCalls = Readonly<Record<string, readonly string[]>>;

/**
 * A description of an API as protobuf.js reads it (`protos.json` of Google's clients) with nothing in it but some calls and
 * the messages that they need. What is left out is not there at run time: a call of it fails at once. Annotations
 * (`(google.api.http)`, which is for REST) are left out, too. Throws for a call or a type that the description lacks.
 */
export function usedProtos(description: JsonValue | undefined, calls: UsedCalls): JsonObject {
  const root = asObject(description);
  const kept = new Map<string, JsonObject>();
  const queue: string[] = [];
  for (const [service, names] of Object.entries(calls)) {
    const methods = Object.fromEntries(names.map((name) => [name, methodOf(root, service, name)]));
    for (const method of Object.values(methods)) {
      queue.push(...['requestType', 'responseType'].map((side) => placeOf(root, service, textIn(method, side))));
    }
    kept.set(service, { methods });
  }
  for (const place of queue) {
    if (kept.has(place)) continue;
    const { nested: _, ...node } = at(root, place) ?? {};
    const fields = Object.entries(asObject(node['fields'] ?? {})).map(([name, field]) => [
      name,
      plain(asObject(field)),
    ]);
    kept.set(place, 'values' in node ? plain(node) : { ...plain(node), fields: Object.fromEntries(fields) });
    for (const [, field] of fields) {
      const type = textIn(asObject(field), 'type');
      if (!scalars.has(type)) queue.push(placeOf(root, place, type));
    }
  }
  const left: JsonObject = {};
  for (const [place, node] of kept) Object.assign(nodeFor(left, place), node);
  return left;
}

const scalars = new Set(
  'double float int32 uint32 sint32 fixed32 sfixed32 int64 uint64 sint64 fixed64 sfixed64 string bool bytes'.split(' '),
);

function methodOf(root: JsonObject, service: string, name: string): JsonObject {
  const methods = asObject(at(root, service)?.['methods'] ?? {});
  if (methods[name] === undefined) throw new Error(`${service} has no ${name}: see what its new version calls it`);
  const { options: _, parsedOptions: __, ...method } = asObject(methods[name]);
  return method;
}

/** The full name of a type that is named in a place: the innermost that there is ("Packages and Name Resolution", proto3). */
function placeOf(root: JsonObject, from: string, type: string): string {
  for (let scope = from.split('.'); ; scope = scope.slice(0, -1)) {
    const place = [...scope, type].join('.');
    if (at(root, place) !== undefined) return place;
    if (scope.length === 0) throw new Error(`${type}, which ${from} needs, is not described`);
  }
}

function at(root: JsonObject, place: string): JsonObject | undefined {
  let node: JsonObject | undefined = root;
  for (const name of place.split('.')) {
    const nested: JsonValue | undefined = asObject(node['nested'] ?? {})[name];
    node = isJsonObject(nested) ? nested : undefined;
    if (node === undefined) return undefined;
  }
  return node;
}

function nodeFor(root: JsonObject, place: string): JsonObject {
  let node = root;
  for (const name of place.split('.')) node = memberOf(memberOf(node, 'nested'), name);
  return node;
}

/** Made where it is not there. */
function memberOf(node: JsonObject, name: string): JsonObject {
  node[name] ??= {};
  return asObject(node[name]);
}

/** Without annotations. */
function plain({ options, ...node }: JsonObject): JsonObject {
  const kept = Object.entries(asObject(options ?? {})).filter(([name]) => !name.startsWith('('));
  return kept.length === 0 ? node : { ...node, options: Object.fromEntries(kept) };
}

function textIn(node: JsonObject, name: string): string {
  const text = node[name];
  if (typeof text !== 'string') throw new TypeError(`a description has no ${name} where one is needed`);
  return text;
}

function asObject(value: JsonValue | undefined): JsonObject {
  if (!isJsonObject(value)) throw new TypeError('a description of an API is made of objects');
  return value;
}

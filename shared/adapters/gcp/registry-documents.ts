import { isJsonObject, type JsonObject, readJson } from '../../event/json.ts';
import type { ActiveRevision, RegistrySnapshot } from '../../ports/registry.ts';
import { type DocumentReader, type PlainFields, plainInteger, plainMillis, plainText } from './plain-documents.ts';

/*
 * The registry in Firestore, as both clients find it: `registry/state` says what is active, `types/<type>/revisions/<n>`
 * and `sdks/<n>` hold the contents as JSON text, which are never changed. So what a reader finds behind a state is what
 * was active with it, and a read of an unchanged registry is a read of one document. `generation`, beside a content, is
 * that of its newest upload and does change.
 */

/** What is active: one document, which every change replaces, and which a read begins with. */
export interface RegistryState {
  readonly version: number;
  /** Revision by type. 10,000 types take some 500 KB of the document's 1 MiB. */
  readonly active: ReadonlyMap<string, number>;
  /** Number of the active document of SDK bindings; 0 before the first. */
  readonly sdks: number;
}

/** A content beside the generation of its newest upload; without one where none was noted. */
export interface StoredRevision {
  readonly revision: ActiveRevision;
  readonly generation?: string;
}

export interface StoredSdks {
  readonly sdks: JsonObject;
  readonly generation?: string;
}

export const statePath = 'registry/state';
/** A document has 1 MiB; this leaves room for the other fields. */
const maxTextBytes = 1_000_000;

/** The whole state as `Registry.read` promises it. */
export async function readRegistry(
  documents: DocumentReader,
  knownVersion: number | undefined,
): Promise<RegistrySnapshot | 'unchanged'> {
  const state = await readState(documents);
  if (state.version === knownVersion) return 'unchanged';
  const paths = [...state.active].map(([type, revision]) => revisionPath(type, revision));
  const found = await documents.read(state.sdks === 0 ? paths : [...paths, sdksPath(state.sdks)]);
  const revisions = [...state.active]
    .map(([type, revision]) => revisionOf(type, revision, required(found, revisionPath(type, revision))))
    .sort((a, b) => (a.type < b.type ? -1 : 1));
  const sdks = state.sdks === 0 ? {} : jsonOf(required(found, sdksPath(state.sdks)), 'content');
  return { version: state.version, revisions, sdks };
}

export async function readState(documents: DocumentReader): Promise<RegistryState> {
  const fields = (await documents.read([statePath])).get(statePath);
  if (fields === undefined) return { version: 0, active: new Map(), sdks: 0 };
  const active = Object.entries(jsonOf(fields, 'active')).map(([type, revision]) => {
    if (typeof revision !== 'number') throw new TypeError('the registry names an active revision that is no number');
    return [type, revision] as const;
  });
  return { version: plainInteger(fields, 'version'), active: new Map(active), sdks: plainInteger(fields, 'sdks') };
}

export async function readRevision(
  documents: DocumentReader,
  state: RegistryState,
  type: string,
): Promise<StoredRevision | undefined> {
  const number = state.active.get(type);
  if (number === undefined) return undefined;
  const path = revisionPath(type, number);
  const fields = required(await documents.read([path]), path);
  return { revision: revisionOf(type, number, fields), ...generationOf(fields) };
}

export async function readSdks(documents: DocumentReader, { sdks }: RegistryState): Promise<StoredSdks> {
  if (sdks === 0) return { sdks: {} };
  const path = sdksPath(sdks);
  const fields = required(await documents.read([path]), path);
  return { sdks: jsonOf(fields, 'content'), ...generationOf(fields) };
}

export function stateFields({ version, active, sdks }: RegistryState): PlainFields {
  return { version, active: JSON.stringify(Object.fromEntries(active)), sdks };
}

/** Throws a `RangeError` for a schema that is larger than a document. */
export function revisionFields({ revision, generation }: StoredRevision): PlainFields {
  const { schema, contentHash, activatedAtMillis } = revision;
  const content = { schema: boundedText(schema), contentHash, activatedAt: new Date(activatedAtMillis) };
  return generation === undefined ? content : { ...content, generation };
}

/** Throws a `RangeError` for bindings that are larger than a document. */
export function sdksFields({ sdks, generation }: StoredSdks): PlainFields {
  const content = { content: boundedText(sdks) };
  return generation === undefined ? content : { ...content, generation };
}

/** Throws a `RangeError` for what is no name of an event type, and could be a path to something else. */
export function assertTypeName(type: string): void {
  if (!/^[a-z0-9.-]{1,255}$/.test(type)) throw new RangeError('not the name of an event type');
}

export function revisionPath(type: string, revision: number): string {
  return `types/${type}/revisions/${revision}`;
}

export function sdksPath(sdks: number): string {
  return `sdks/${sdks}`;
}

function jsonOf(fields: PlainFields, name: string): JsonObject {
  const value = readJson(plainText(fields, name));
  if (!isJsonObject(value)) throw new TypeError('expected a JSON object in the registry');
  return value;
}

function generationOf(fields: PlainFields): { readonly generation?: string } {
  return fields['generation'] === undefined ? {} : { generation: plainText(fields, 'generation') };
}

function revisionOf(type: string, revision: number, fields: PlainFields): ActiveRevision {
  return {
    type,
    revision,
    activatedAtMillis: plainMillis(fields, 'activatedAt'),
    contentHash: plainText(fields, 'contentHash'),
    schema: jsonOf(fields, 'schema'),
  };
}

function required(found: ReadonlyMap<string, PlainFields>, path: string): PlainFields {
  const fields = found.get(path);
  if (fields === undefined) throw new Error(`the registry names ${path}, which is not there: restore it`);
  return fields;
}

function boundedText(content: JsonObject): string {
  const text = JSON.stringify(content);
  const bytes = Buffer.byteLength(text);
  if (bytes <= maxTextBytes) return text;
  throw new RangeError(`${bytes} bytes of JSON, a document of the registry takes ${maxTextBytes}`);
}

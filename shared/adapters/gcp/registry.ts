import { contentHash } from '../../event/canonical-json.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../event/json.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ActivationOutcome, PublishingRegistry, UploadedSchema } from '../../ports/publications.ts';
import type { ActiveRevision } from '../../ports/registry.ts';
import { Unavailable } from '../../ports/unavailable.ts';
import { compareGenerations } from '../../publication/generation.ts';
import { systemClock } from '../system-clock.ts';
import type { FirestoreDatabase, FirestoreDocument, FirestoreFields, FirestoreWrite } from './firestore-database.ts';
import { integerOf, integerValue, millisOf, textOf, textValue, timeValue } from './firestore-values.ts';
import { createPublicationAttempts } from './publication-attempts.ts';

export interface FirestoreRegistryOptions {
  readonly database: FirestoreDatabase;
  readonly clock?: Clock;
  /** How often a change begins anew when another one came first; a wait of 25 ms more each time. Default 30. */
  readonly maxRounds?: number;
}

/** What is active: one document, which every change replaces, and which a read begins with. */
interface State {
  readonly version: number;
  /** Revision by type. 10,000 types take some 500 KB of the document's 1 MiB. */
  readonly active: ReadonlyMap<string, number>;
  /** Number of the active document of SDK bindings; 0 before the first. */
  readonly sdks: number;
  readonly stored: string | 'absent';
}

const statePath = 'registry/state';
const roundDelayMillis = 25;
/** A document has 1 MiB; this leaves room for the other fields. */
const maxTextBytes = 1_000_000;

/**
 * The registry in Firestore: `registry/state` says what is active, `types/<type>/revisions/<n>` and `sdks/<n>` hold the
 * contents as JSON text and are never changed. So what a reader finds behind a state is what was active with it, and a
 * read of an unchanged registry is a read of one document. A change writes the new content and the new state in one
 * commit, under the precondition that the state is the one that was read.
 */
export function createFirestoreRegistry(options: FirestoreRegistryOptions): PublishingRegistry {
  const { database, clock = systemClock, maxRounds = 30 } = options;

  async function readState(): Promise<State> {
    const document = (await database.read([statePath])).get(statePath);
    return document === undefined ? emptyState : decodeState(document);
  }

  /** Runs `decide` on the current state until its writes are committed; it answers without writes when nothing is to do. */
  async function change<T>(decide: (state: State) => Promise<Change<T>>): Promise<T> {
    for (let round = 1; round <= maxRounds; round += 1) {
      const { answer, writes } = await decide(await readState());
      if (writes.length === 0 || (await database.commit(writes)) === 'committed') return answer;
      await new Promise<void>((resolve) => clock.after(round * roundDelayMillis, resolve));
    }
    throw new Unavailable('registry', `others kept changing the registry, ${maxRounds} times in a row`);
  }

  return {
    async read(knownVersion) {
      const state = await readState();
      if (state.version === knownVersion) return 'unchanged';
      const paths = [...state.active].map(([type, revision]) => revisionPath(type, revision));
      const sdksPath = `sdks/${state.sdks}`;
      const found = await database.read(state.sdks === 0 ? paths : [...paths, sdksPath]);
      const revisions = [...state.active]
        .map(([type, revision]) => decodeRevision(type, revision, required(found, revisionPath(type, revision))))
        .sort((a, b) => (a.type < b.type ? -1 : 1));
      const sdks = state.sdks === 0 ? {} : jsonOf(required(found, sdksPath), 'content');
      return { version: state.version, revisions, sdks };
    },
    async activate(type, schema, nowMillis) {
      const content = contentOf(type, schema);
      return await change(async (state) => {
        const previous = await readRevision(state, type);
        if (previous?.revision.contentHash === content.hash) return { answer: previous.revision, writes: [] };
        return newRevision(state, { type, nowMillis, ...content });
      });
    },
    async publishSdks(sdks) {
      await change((state) => changeSdks(state, sdks));
    },
    async publishedType(type) {
      assertTypePath(type);
      const state = await readState();
      const [previous, { sdks }] = [await readRevision(state, type), await readSdks(state)];
      if (previous === undefined) return { sdks };
      const { revision, generation } = previous;
      return { active: revision, ...(generation === undefined ? {} : { generation }), sdks };
    },
    async activateUpload(upload, nowMillis) {
      const content = contentOf(upload.type, upload.schema);
      return await change((state) => changeByUpload(state, upload, { nowMillis, ...content }));
    },
    async publishSdksUpload(sdks, generation) {
      return await change((state) => changeSdks(state, sdks, generation));
    },
    ...createPublicationAttempts(database),
  };

  async function readRevision(state: State, type: string): Promise<StoredRevision | undefined> {
    const number = state.active.get(type);
    if (number === undefined) return undefined;
    const path = revisionPath(type, number);
    const document = required(await database.read([path]), path);
    return { document, revision: decodeRevision(type, number, document), generation: generationOf(document) };
  }

  async function readSdks(state: State): Promise<{ sdks: JsonObject; document?: FirestoreDocument }> {
    if (state.sdks === 0) return { sdks: {} };
    const path = `sdks/${state.sdks}`;
    const document = required(await database.read([path]), path);
    return { sdks: jsonOf(document, 'content'), document };
  }

  async function changeByUpload(
    state: State,
    { type, generation, checkedAgainst, clashesWith }: UploadedSchema,
    content: Content & { readonly nowMillis: number },
  ): Promise<Change<ActivationOutcome>> {
    const previous = await readRevision(state, type);
    if (isOlder(generation, previous?.generation)) return { answer: { kind: 'older' }, writes: [] };
    if ((previous?.revision.revision ?? 0) !== checkedAgainst) return { answer: { kind: 'changed' }, writes: [] };
    const clash = [...state.active.keys()].find((other) => other !== type && clashesWith(other));
    if (clash !== undefined) return { answer: { kind: 'clash', type: clash }, writes: [] };
    if (previous?.revision.contentHash !== content.hash) {
      const { answer, writes } = newRevision(state, { type, generation, ...content });
      return { answer: { kind: 'activated', revision: answer }, writes };
    }
    const answer = { kind: 'unchanged', revision: previous.revision } as const;
    if (previous.generation === generation) return { answer, writes: [] };
    return { answer, writes: touched(state, previous.document, generation) };
  }

  async function changeSdks(state: State, sdks: JsonObject, generation?: string) {
    const text = boundedText(sdks);
    const stored = await readSdks(state);
    const known = stored.document === undefined ? undefined : generationOf(stored.document);
    if (generation !== undefined && isOlder(generation, known)) return { answer: 'older', writes: [] } as const;
    if (contentHash(stored.sdks) === contentHash(sdks)) {
      const { document } = stored;
      if (document === undefined || generation === undefined || generation === known) {
        return { answer: 'unchanged', writes: [] } as const;
      }
      return { answer: 'unchanged', writes: touched(state, document, generation) } as const;
    }
    const next = { ...state, sdks: state.sdks + 1 };
    const fields = { content: textValue(text), ...generationField(generation) };
    const content: FirestoreWrite = { path: `sdks/${next.sdks}`, fields, expected: 'absent' };
    return { answer: 'activated', writes: [content, advance(next)] } as const;
  }
}

interface StoredRevision {
  readonly document: FirestoreDocument;
  readonly revision: ActiveRevision;
  readonly generation: string | undefined;
}

interface Content {
  readonly text: string;
  readonly hash: string;
}

function contentOf(type: string, schema: JsonObject): Content {
  assertTypePath(type);
  return { text: boundedText(schema), hash: contentHash(schema) };
}

function newRevision(
  state: State,
  wanted: Content & { readonly type: string; readonly nowMillis: number; readonly generation?: string },
): Change<ActiveRevision> {
  const { type, nowMillis, text, hash, generation } = wanted;
  const revision = (state.active.get(type) ?? 0) + 1;
  const content = { schema: textValue(text), contentHash: textValue(hash), activatedAt: timeValue(nowMillis) };
  const fields = { ...content, ...generationField(generation) };
  const answer = { type, revision, activatedAtMillis: nowMillis, contentHash: hash, schema: parse(text) };
  const next = { ...state, active: new Map(state.active).set(type, revision) };
  return { answer, writes: [{ path: revisionPath(type, revision), fields, expected: 'absent' }, advance(next)] };
}

/**
 * Notes a later upload of what is active. The state is written too, as it is, so that whoever decided on the earlier
 * generation meanwhile decides again; its version stays, because nothing changed for readers.
 */
function touched(state: State, document: FirestoreDocument, generation: string): FirestoreWrite[] {
  const fields = { ...document.fields, ...generationField(generation) };
  return [{ path: document.path, fields, expected: document.version }, stateWrite(state)];
}

function generationField(generation: string | undefined): FirestoreFields {
  return generation === undefined ? {} : { generation: textValue(generation) };
}

function generationOf({ fields }: FirestoreDocument): string | undefined {
  return fields['generation'] === undefined ? undefined : textOf(fields, 'generation');
}

function isOlder(generation: string, known: string | undefined): boolean {
  return known !== undefined && compareGenerations(generation, known) < 0;
}

interface Change<T> {
  readonly answer: T;
  readonly writes: readonly FirestoreWrite[];
}

const emptyState: State = { version: 0, active: new Map(), sdks: 0, stored: 'absent' };

function decodeState({ fields, version: stored }: FirestoreDocument): State {
  const active = Object.entries(parse(textOf(fields, 'active'))).map(([type, revision]) => {
    if (typeof revision !== 'number') throw new TypeError('the registry names an active revision that is no number');
    return [type, revision] as const;
  });
  return { version: integerOf(fields, 'version'), active: new Map(active), sdks: integerOf(fields, 'sdks'), stored };
}

/** The write of the state's next version. */
function advance(state: State): FirestoreWrite {
  return stateWrite({ ...state, version: state.version + 1 });
}

/** `active` is JSON in one text, since a map would be an index entry per type. */
function stateWrite({ version, active, sdks, stored }: State): FirestoreWrite {
  const fields = {
    version: integerValue(version),
    active: textValue(JSON.stringify(Object.fromEntries(active))),
    sdks: integerValue(sdks),
  };
  return { path: statePath, fields, expected: stored };
}

function decodeRevision(type: string, revision: number, document: FirestoreDocument): ActiveRevision {
  return {
    type,
    revision,
    activatedAtMillis: millisOf(document.fields, 'activatedAt'),
    contentHash: textOf(document.fields, 'contentHash'),
    schema: jsonOf(document, 'schema'),
  };
}

function required(found: ReadonlyMap<string, FirestoreDocument>, path: string): FirestoreDocument {
  const document = found.get(path);
  if (document === undefined) throw new Error(`the registry names ${path}, which is not there: restore it`);
  return document;
}

function revisionPath(type: string, revision: number): string {
  return `types/${type}/revisions/${revision}`;
}

function assertTypePath(type: string): void {
  if (!/^[a-z0-9.-]{1,255}$/.test(type)) throw new RangeError('not the name of an event type');
}

function boundedText(content: JsonObject): string {
  const text = JSON.stringify(content);
  const bytes = Buffer.byteLength(text);
  if (bytes <= maxTextBytes) return text;
  throw new RangeError(`${bytes} bytes of JSON, a document of the registry takes ${maxTextBytes}`);
}

function jsonOf(document: FirestoreDocument, field: string): JsonObject {
  return parse(textOf(document.fields, field));
}

function parse(text: string): JsonObject {
  const value: JsonValue = JSON.parse(text);
  if (!isJsonObject(value)) throw new TypeError('expected a JSON object in the registry');
  return value;
}

import { contentHash } from '../../event/canonical-json.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../event/json.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ActiveRevision, Registry } from '../../ports/registry.ts';
import { Unavailable } from '../../ports/unavailable.ts';
import { systemClock } from '../system-clock.ts';
import type { FirestoreDatabase, FirestoreDocument, FirestoreWrite } from './firestore-database.ts';
import { integerOf, integerValue, millisOf, textOf, textValue, timeValue } from './firestore-values.ts';

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
export function createFirestoreRegistry(options: FirestoreRegistryOptions): Registry {
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
      assertTypePath(type);
      const text = boundedText(schema);
      const hash = contentHash(schema);
      return await change(async (state) => {
        const current = state.active.get(type) ?? 0;
        const currentPath = revisionPath(type, current);
        const previous = current === 0 ? undefined : required(await database.read([currentPath]), currentPath);
        if (previous !== undefined && textOf(previous.fields, 'contentHash') === hash) {
          return { answer: decodeRevision(type, current, previous), writes: [] };
        }
        const revision = current + 1;
        const fields = { schema: textValue(text), contentHash: textValue(hash), activatedAt: timeValue(nowMillis) };
        const answer = { type, revision, activatedAtMillis: nowMillis, contentHash: hash, schema: parse(text) };
        const next = { ...state, active: new Map(state.active).set(type, revision) };
        return { answer, writes: [{ path: revisionPath(type, revision), fields, expected: 'absent' }, advance(next)] };
      });
    },
    async publishSdks(sdks) {
      const text = boundedText(sdks);
      const hash = contentHash(sdks);
      await change(async (state) => {
        const path = `sdks/${state.sdks}`;
        const previous = state.sdks === 0 ? {} : jsonOf(required(await database.read([path]), path), 'content');
        if (contentHash(previous) === hash) return { answer: undefined, writes: [] };
        const next = { ...state, sdks: state.sdks + 1 };
        const content: FirestoreWrite = {
          path: `sdks/${next.sdks}`,
          fields: { content: textValue(text) },
          expected: 'absent',
        };
        return { answer: undefined, writes: [content, advance(next)] };
      });
    },
  };
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

/** The write of the state's next version. `active` is JSON in one text, since a map would be an index entry per type. */
function advance({ version, active, sdks, stored }: State): FirestoreWrite {
  const fields = {
    version: integerValue(version + 1),
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

import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { contentHash } from '../../event/canonical-json.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../event/json.ts';
import type {
  ActivationOutcome,
  PublicationAttempt,
  PublishingRegistry,
  UploadedSchema,
} from '../../ports/publications.ts';
import type { ActiveRevision, RegistrySnapshot } from '../../ports/registry.ts';
import { attemptJson, readAttempt } from '../../publication/attempt.ts';
import { compareGenerations } from '../../publication/generation.ts';
import { asNumber, asText, type DatabaseSettings, openDatabase } from './database.ts';
import { GroupCommit } from './group-commit.ts';

/** All revisions are kept as a record of what was active when; the newest of a type is the active one. */
const tables = {
  schemaVersion: 1,
  sql: `
    CREATE TABLE state (version INTEGER NOT NULL, sdks TEXT NOT NULL) STRICT;
    INSERT INTO state VALUES (0, '{}');
    CREATE TABLE revision (
      type TEXT NOT NULL,
      revision INTEGER NOT NULL,
      activated_at INTEGER NOT NULL,
      content_hash TEXT NOT NULL,
      schema TEXT NOT NULL,
      PRIMARY KEY (type, revision)
    ) STRICT, WITHOUT ROWID`,
} as const;

/** Added to files of before, too. The subject of the SDK bindings' generation is no event type: `sdks.json`. */
const uploadTables = `
    CREATE TABLE IF NOT EXISTS upload (subject TEXT PRIMARY KEY, generation TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS attempt (
      subject TEXT PRIMARY KEY,
      generation TEXT NOT NULL,
      content TEXT NOT NULL
    ) STRICT, WITHOUT ROWID`;
const sdksSubject = 'sdks.json';

export interface EmbeddedRegistry extends PublishingRegistry {
  /** Commits what waits and closes the file; every later call rejects with `Unavailable`. */
  close(): void;
}

/** Opens the registry on a SQLite file of its own, or `:memory:`. A new one is empty, at version 0. */
export function openEmbeddedRegistry(options: {
  readonly path: string;
  readonly settings?: DatabaseSettings;
}): EmbeddedRegistry {
  const database = openDatabase(options.path, tables, options.settings);
  database.exec(uploadTables);
  const commits = new GroupCommit(database, 'registry');
  const statements = prepare(database);

  return {
    read: (knownVersion) => commits.run(() => read(statements, knownVersion)),
    async activate(type, schema, nowMillis) {
      const content = { schema: JSON.stringify(schema), contentHash: contentHash(schema) };
      return await commits.run(() => activate(statements, { type, nowMillis, ...content }));
    },
    async publishSdks(sdks) {
      const content = { text: JSON.stringify(sdks), hash: contentHash(sdks) };
      await commits.run(() => {
        setSdks(statements, content);
      });
    },
    publishedType: (type) =>
      commits.run(() => {
        const row = statements.newest.get(type);
        const generation = generationOf(statements, type);
        return {
          ...(row === undefined ? {} : { active: revisionOf(row) }),
          ...(generation === undefined ? {} : { generation }),
          sdks: jsonObject(statements.state.get()?.['sdks']),
        };
      }),
    async activateUpload(upload, nowMillis) {
      const content = { schema: JSON.stringify(upload.schema), contentHash: contentHash(upload.schema) };
      return await commits.run(() => activateUpload(statements, upload, { nowMillis, ...content }));
    },
    async publishSdksUpload(sdks, generation) {
      const content = { text: JSON.stringify(sdks), hash: contentHash(sdks) };
      return await commits.run(() => {
        if (isOlder(generation, generationOf(statements, sdksSubject))) return 'older';
        statements.setGeneration.run(sdksSubject, generation);
        return setSdks(statements, content);
      });
    },
    async recordAttempt(attempt) {
      const { subject, generation } = attempt;
      const text = JSON.stringify(attemptJson(attempt));
      await commits.run(() => {
        const known = statements.attempt.get(subject);
        if (known !== undefined && isOlder(generation, asText(known['generation']))) return;
        statements.setAttempt.run(subject, generation, text);
      });
    },
    attempts: () => commits.run(() => statements.attempts.all().map(attemptOf)),
    close() {
      commits.close();
      database.close();
    },
  };
}

type Statements = ReturnType<typeof prepare>;

function prepare(database: DatabaseSync) {
  return {
    state: database.prepare('SELECT version, sdks FROM state'),
    countUp: database.prepare('UPDATE state SET version = version + 1'),
    setSdks: database.prepare('UPDATE state SET sdks = ?'),
    all: database.prepare(`SELECT * FROM revision AS r WHERE revision =
      (SELECT max(revision) FROM revision WHERE type = r.type) ORDER BY type`),
    newest: database.prepare('SELECT * FROM revision WHERE type = ? ORDER BY revision DESC LIMIT 1'),
    add: database.prepare('INSERT INTO revision VALUES (?, ?, ?, ?, ?)'),
    types: database.prepare('SELECT DISTINCT type FROM revision'),
    generation: database.prepare('SELECT generation FROM upload WHERE subject = ?'),
    setGeneration: database.prepare('INSERT OR REPLACE INTO upload VALUES (?, ?)'),
    attempt: database.prepare('SELECT generation FROM attempt WHERE subject = ?'),
    setAttempt: database.prepare('INSERT OR REPLACE INTO attempt VALUES (?, ?, ?)'),
    attempts: database.prepare('SELECT content FROM attempt ORDER BY subject'),
  };
}

function read(statements: Statements, knownVersion: number | undefined): RegistrySnapshot | 'unchanged' {
  const state = statements.state.get();
  const version = asNumber(state?.['version']);
  if (version === knownVersion) return 'unchanged';
  return { version, revisions: statements.all.all().map(revisionOf), sdks: jsonObject(state?.['sdks']) };
}

function activate(
  statements: Statements,
  wanted: { readonly type: string; readonly nowMillis: number; readonly schema: string; readonly contentHash: string },
): ActiveRevision {
  const row = statements.newest.get(wanted.type);
  const previous = row === undefined ? undefined : revisionOf(row);
  if (previous?.contentHash === wanted.contentHash) return previous;
  const revision = (previous?.revision ?? 0) + 1;
  statements.add.run(wanted.type, revision, wanted.nowMillis, wanted.contentHash, wanted.schema);
  statements.countUp.run();
  return {
    type: wanted.type,
    revision,
    activatedAtMillis: wanted.nowMillis,
    contentHash: wanted.contentHash,
    schema: jsonObject(wanted.schema),
  };
}

function activateUpload(
  statements: Statements,
  { type, generation, checkedAgainst, clashesWith }: UploadedSchema,
  content: { readonly nowMillis: number; readonly schema: string; readonly contentHash: string },
): ActivationOutcome {
  if (isOlder(generation, generationOf(statements, type))) return { kind: 'older' };
  const row = statements.newest.get(type);
  const current = row === undefined ? 0 : asNumber(row['revision']);
  if (current !== checkedAgainst) return { kind: 'changed' };
  const types = statements.types.all().map((each) => asText(each['type']));
  const clash = types.find((other) => other !== type && clashesWith(other));
  if (clash !== undefined) return { kind: 'clash', type: clash };
  statements.setGeneration.run(type, generation);
  const revision = activate(statements, { type, ...content });
  return { kind: revision.revision === current ? 'unchanged' : 'activated', revision };
}

function setSdks(
  statements: Statements,
  { text, hash }: { readonly text: string; readonly hash: string },
): 'activated' | 'unchanged' {
  if (contentHash(jsonObject(statements.state.get()?.['sdks'])) === hash) return 'unchanged';
  statements.setSdks.run(text);
  statements.countUp.run();
  return 'activated';
}

function generationOf(statements: Statements, subject: string): string | undefined {
  const row = statements.generation.get(subject);
  return row === undefined ? undefined : asText(row['generation']);
}

function isOlder(generation: string, known: string | undefined): boolean {
  return known !== undefined && compareGenerations(generation, known) < 0;
}

function attemptOf(row: Record<string, SQLOutputValue>): PublicationAttempt {
  const attempt = readAttempt(jsonObject(row['content']));
  if (attempt === undefined) throw new TypeError('expected a publication attempt in the registry database');
  return attempt;
}

function revisionOf(row: Record<string, SQLOutputValue>): ActiveRevision {
  return {
    type: asText(row['type']),
    revision: asNumber(row['revision']),
    activatedAtMillis: asNumber(row['activated_at']),
    contentHash: asText(row['content_hash']),
    schema: jsonObject(row['schema']),
  };
}

function jsonObject(text: SQLOutputValue | undefined): JsonObject {
  const value: JsonValue = JSON.parse(asText(text));
  if (!isJsonObject(value)) throw new TypeError('expected a JSON object in the registry database');
  return value;
}

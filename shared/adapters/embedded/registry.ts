import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { contentHash } from '../../event/canonical-json.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../event/json.ts';
import type { ActiveRevision, Registry, RegistrySnapshot } from '../../ports/registry.ts';
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

export interface EmbeddedRegistry extends Registry {
  /** Commits what waits and closes the file; every later call rejects with `Unavailable`. */
  close(): void;
}

/** Opens the registry on a SQLite file of its own, or `:memory:`. A new one is empty, at version 0. */
export function openEmbeddedRegistry(options: {
  readonly path: string;
  readonly settings?: DatabaseSettings;
}): EmbeddedRegistry {
  const database = openDatabase(options.path, tables, options.settings);
  const commits = new GroupCommit(database, 'registry');
  const statements = prepare(database);

  return {
    read: (knownVersion) => commits.run(() => read(statements, knownVersion)),
    async activate(type, schema, nowMillis) {
      const content = { schema: JSON.stringify(schema), contentHash: contentHash(schema) };
      return await commits.run(() => activate(statements, { type, nowMillis, ...content }));
    },
    async publishSdks(sdks) {
      const text = JSON.stringify(sdks);
      const hash = contentHash(sdks);
      await commits.run(() => {
        if (contentHash(jsonObject(statements.state.get()?.['sdks'])) === hash) return;
        statements.setSdks.run(text);
        statements.countUp.run();
      });
    },
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

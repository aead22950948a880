import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { isJsonObject, type JsonObject, readJson } from '../../event/json.ts';
import type {
  ActivationOutcome,
  PublicationAttempt,
  PublishingRegistry,
  SdksOutcome,
  UploadedSchema,
} from '../../ports/publications.ts';
import type { ActiveRevision, RegistrySnapshot } from '../../ports/registry.ts';
import { attemptJson, readAttempt } from '../../publication/attempt.ts';
import { decideSdksUpload, decideUpload } from '../../publication/decide-upload.ts';
import { isOlder } from '../../publication/generation.ts';
import { type Closable, type FileOptions, openCommittedFile } from './committed-file.ts';
import { asNumber, asText } from './database.ts';

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

/** Opens the registry on a SQLite file of its own, or `:memory:`. A new one is empty, at version 0. */
export function openEmbeddedRegistry(options: FileOptions): PublishingRegistry & Closable {
  const { database, commits, close } = openCommittedFile(options, tables, 'registry');
  database.exec(uploadTables);
  const statements = prepare(database);

  return {
    read: (knownVersion) => commits.run(() => read(statements, knownVersion)),
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
      const copy = { ...upload, schema: structuredClone(upload.schema) };
      return await commits.run(() => activateUpload(statements, copy, nowMillis));
    },
    async publishSdksUpload(sdks, generation) {
      const copy = structuredClone(sdks);
      return await commits.run(() => publishSdksUpload(statements, copy, generation));
    },
    async recordAttempt(attempt) {
      const { subject, generation } = attempt;
      const text = JSON.stringify(attemptJson(attempt));
      await commits.run(() => {
        const known = statements.attempt.get(subject);
        if (isOlder(generation, known && asText(known['generation']))) return;
        statements.setAttempt.run(subject, generation, text);
      });
    },
    attempts: () => commits.run(() => statements.attempts.all().map(attemptOf)),
    close,
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

function activateUpload(statements: Statements, upload: UploadedSchema, nowMillis: number): ActivationOutcome {
  const { type } = upload;
  const row = statements.newest.get(type);
  const inUse = {
    active: row && revisionOf(row),
    generation: generationOf(statements, type),
    types: statements.types.all().map((each) => asText(each['type'])),
  };
  const { outcome, generation } = decideUpload(upload, inUse, nowMillis);
  if (generation !== undefined) statements.setGeneration.run(type, generation);
  if (outcome.kind === 'activated') {
    const { revision, activatedAtMillis, contentHash, schema } = outcome.revision;
    statements.add.run(type, revision, activatedAtMillis, contentHash, JSON.stringify(schema));
    statements.countUp.run();
  }
  return outcome;
}

function publishSdksUpload(statements: Statements, sdks: JsonObject, uploaded: string): SdksOutcome {
  const inUse = {
    sdks: jsonObject(statements.state.get()?.['sdks']),
    generation: generationOf(statements, sdksSubject),
  };
  const { outcome, generation } = decideSdksUpload(sdks, uploaded, inUse);
  if (generation !== undefined) statements.setGeneration.run(sdksSubject, generation);
  if (outcome === 'activated') {
    statements.setSdks.run(JSON.stringify(sdks));
    statements.countUp.run();
  }
  return outcome;
}

function generationOf(statements: Statements, subject: string): string | undefined {
  const row = statements.generation.get(subject);
  return row === undefined ? undefined : asText(row['generation']);
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
  const value = readJson(asText(text));
  if (!isJsonObject(value)) throw new TypeError('expected a JSON object in the registry database');
  return value;
}

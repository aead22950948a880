import type { StoredKey, SubjectKeyRecord, SubjectKeyRecords } from '../../ports/subject-key-records.ts';
import { Unavailable } from '../../ports/unavailable.ts';
import { assertCollection, documentPath } from './document-path.ts';
import type { FirestoreDatabase } from './firestore-database.ts';
import { keysetFields, storedKeyOf, subjectKeyCollection } from './subject-key-documents.ts';

/** Rounds of one write and one read; a second is for a record that was erased or fought over just then. */
const maxRounds = 5;

/**
 * Keys of data subjects in Firestore: `{keyset: bytes}` under the id, or a tombstone, in a database of their own without
 * point-in-time recovery or backups, so that what is erased is gone. `collection` is `subjectKeys` by default. A read is
 * one request, and so is a write, which creates only: of racing callers one creates, the others read what it made.
 */
export function createFirestoreSubjectKeyRecords(options: {
  readonly database: FirestoreDatabase;
  readonly collection?: string;
}): SubjectKeyRecords {
  const { database, collection = subjectKeyCollection } = options;
  assertCollection(collection);

  async function read(ids: readonly string[]): Promise<(StoredKey | undefined)[]> {
    const paths = ids.map((id) => documentPath(collection, id));
    const found = await database.read(paths);
    return paths.map((path) => {
      const document = found.get(path);
      return document === undefined ? undefined : storedKeyOf(document.fields);
    });
  }

  /** Creates what is missing and answers with what is known to be stored now. */
  async function create(records: readonly SubjectKeyRecord[]): Promise<Map<string, StoredKey>> {
    const outcomes = await database.writeEach(
      records.map(({ id, encryptedKeyset }) => ({
        path: documentPath(collection, id),
        fields: keysetFields(encryptedKeyset),
        expected: 'absent',
      })),
    );
    const created = records.filter((_, at) => outcomes[at] === 'written');
    const stored = new Map<string, StoredKey>(
      created.map(({ id, encryptedKeyset }) => [id, { kind: 'keyset', encryptedKeyset }]),
    );
    const others = records.filter((_, at) => outcomes[at] !== 'written').map((record) => record.id);
    const found = others.length === 0 ? [] : await read(others);
    for (const [at, id] of others.entries()) {
      const key = found[at];
      if (key !== undefined) stored.set(id, key);
    }
    return stored;
  }

  return {
    read,
    async createMissing(records) {
      const stored = new Map<string, StoredKey>();
      let missing = firstOfEach(records);
      for (let round = 0; missing.length > 0 && round < maxRounds; round += 1) {
        for (const [id, key] of await create(missing)) stored.set(id, key);
        missing = missing.filter(({ id }) => !stored.has(id));
      }
      return records.map(({ id }) => {
        const key = stored.get(id);
        if (key === undefined) throw new Unavailable('subject-keys', 'others kept changing the same keys');
        return key.kind === 'tombstone' ? key : { ...key, encryptedKeyset: Uint8Array.from(key.encryptedKeyset) };
      });
    },
  };
}

/** Copies, so that the caller may reuse its memory; of records with one id, the first. */
function firstOfEach(records: readonly SubjectKeyRecord[]): SubjectKeyRecord[] {
  const byId = new Map<string, SubjectKeyRecord>();
  for (const { id, encryptedKeyset } of records) {
    if (!byId.has(id)) byId.set(id, { id, encryptedKeyset: Uint8Array.from(encryptedKeyset) });
  }
  return [...byId.values()];
}

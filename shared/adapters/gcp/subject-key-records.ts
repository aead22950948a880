import type { SubjectKeyRecord, SubjectKeyRecords } from '../../ports/subject-key-records.ts';
import { Unavailable } from '../../ports/unavailable.ts';
import { assertCollection, documentPath } from './document-path.ts';
import type { FirestoreDatabase } from './firestore-database.ts';
import { bytesOf, bytesValue } from './firestore-values.ts';

/** Rounds of one write and one read; a second is for a record that was erased or fought over just then. */
const maxRounds = 5;

/**
 * Keys of data subjects in Firestore: `{keyset: bytes}` under the id, in a database of their own without point-in-time
 * recovery or backups, so that what is erased is gone. `collection` is `subjectKeys` by default. A read is one request,
 * and so is a write, which creates only: of racing callers one creates, the others read what it made.
 */
export function createFirestoreSubjectKeyRecords(options: {
  readonly database: FirestoreDatabase;
  readonly collection?: string;
}): SubjectKeyRecords {
  const { database, collection = 'subjectKeys' } = options;
  assertCollection(collection);

  async function read(ids: readonly string[]): Promise<(Uint8Array | undefined)[]> {
    const paths = ids.map((id) => documentPath(collection, id));
    const found = await database.read(paths);
    return paths.map((path) => {
      const document = found.get(path);
      return document === undefined ? undefined : bytesOf(document.fields, 'keyset');
    });
  }

  /** Creates what is missing and answers with what is known to be stored now. */
  async function create(records: readonly SubjectKeyRecord[]): Promise<Map<string, Uint8Array>> {
    const outcomes = await database.writeEach(
      records.map(({ id, encryptedKeyset }) => ({
        path: documentPath(collection, id),
        fields: { keyset: bytesValue(encryptedKeyset) },
        expected: 'absent',
      })),
    );
    const created = records.filter((_, at) => outcomes[at] === 'written');
    const stored = new Map(created.map((record) => [record.id, record.encryptedKeyset]));
    const others = records.filter((_, at) => outcomes[at] !== 'written').map((record) => record.id);
    const found = others.length === 0 ? [] : await read(others);
    for (const [at, id] of others.entries()) {
      const keyset = found[at];
      if (keyset !== undefined) stored.set(id, keyset);
    }
    return stored;
  }

  return {
    read,
    async createMissing(records) {
      const stored = new Map<string, Uint8Array>();
      let missing = firstOfEach(records);
      for (let round = 0; missing.length > 0 && round < maxRounds; round += 1) {
        for (const [id, keyset] of await create(missing)) stored.set(id, keyset);
        missing = missing.filter(({ id }) => !stored.has(id));
      }
      return records.map(({ id }) => {
        const keyset = stored.get(id);
        if (keyset === undefined) throw new Unavailable('subject-keys', 'others kept changing the same keys');
        return Uint8Array.from(keyset);
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

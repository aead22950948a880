import type { DocumentTransaction, TransactionalDatabase } from './firestore-transactions.ts';
import { type DocumentReader, plainInteger, plainText } from './plain-documents.ts';

/** A document `{<field>, version}`, whose text is saved by whoever says which version it has read. */
export interface VersionedDocument {
  readonly path: string;
  readonly field: string;
}

interface StoredText {
  readonly text: string;
  /** Another after every save. */
  readonly version: string;
}

export async function readVersioned(
  reader: DocumentReader,
  { path, field }: VersionedDocument,
): Promise<StoredText | undefined> {
  const fields = (await reader.read([path])).get(path);
  if (fields === undefined) return undefined;
  return { text: plainText(fields, field), version: String(plainInteger(fields, 'version')) };
}

interface VersionedSave {
  readonly text: string;
  /** Undefined: there was none. */
  readonly version: string | undefined;
  /** From when on Firestore may delete the document, where the field has a TTL policy. */
  readonly expireAt?: Date;
  /** Writes what belongs to it, in the same transaction. */
  readonly beside?: (transaction: DocumentTransaction) => void;
}

/** Answers with the version that the text has now, or `changed` where what is stored is not what was read. */
export async function saveVersioned(
  database: TransactionalDatabase,
  document: VersionedDocument,
  { text, version, expireAt, beside }: VersionedSave,
): Promise<string | 'changed'> {
  const next = Number(version ?? 0) + 1;
  return await database.transact(async (transaction) => {
    const stored = await readVersioned(transaction, document);
    // The client begins anew when the answer to a commit is lost: then what is stored is this one.
    if (stored?.version === String(next) && stored.text === text) return stored.version;
    if (stored?.version !== version) return 'changed';
    beside?.(transaction);
    const expiry = expireAt === undefined ? {} : { expireAt };
    transaction.set(document.path, { [document.field]: text, version: next, ...expiry });
    return String(next);
  });
}

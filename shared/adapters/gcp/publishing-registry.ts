import type { JsonObject } from '../../event/json.ts';
import type { ActivationOutcome, PublishingRegistry, SdksOutcome, UploadedSchema } from '../../ports/publications.ts';
import { decideSdksUpload, decideUpload } from '../../publication/decide-upload.ts';
import type { DocumentTransaction, TransactionalDatabase } from './firestore-transactions.ts';
import { createPublicationAttempts } from './publication-attempts.ts';
import {
  assertTypeName,
  type RegistryState,
  readRegistry,
  readRevision,
  readSdks,
  readState,
  revisionFields,
  revisionPath,
  sdksFields,
  sdksPath,
  stateFields,
  statePath,
} from './registry-documents.ts';

/**
 * The registry in Firestore for who publishes, off the path of events. A transaction reads what an upload is decided on
 * and writes what was decided: a new content is a new document, and the state that names it is replaced with it.
 */
export function createFirestorePublishingRegistry(options: {
  readonly database: TransactionalDatabase;
}): PublishingRegistry {
  const { database } = options;
  return {
    read: (knownVersion) => readRegistry(database, knownVersion),
    async publishedType(type) {
      assertTypeName(type);
      const state = await readState(database);
      const [stored, { sdks }] = [await readRevision(database, state, type), await readSdks(database, state)];
      if (stored === undefined) return { sdks };
      const { revision, generation } = stored;
      return { active: revision, ...(generation === undefined ? {} : { generation }), sdks };
    },
    async activateUpload(upload, nowMillis) {
      assertTypeName(upload.type);
      const copy = { ...upload, schema: structuredClone(upload.schema) };
      return await database.transact((transaction) => activateUpload(transaction, copy, nowMillis));
    },
    async publishSdksUpload(sdks, generation) {
      const copy = structuredClone(sdks);
      return await database.transact((transaction) => publishSdksUpload(transaction, copy, generation));
    },
    ...createPublicationAttempts(database),
  };
}

async function activateUpload(
  transaction: DocumentTransaction,
  upload: UploadedSchema,
  nowMillis: number,
): Promise<ActivationOutcome> {
  const { type } = upload;
  const state = await readState(transaction);
  const stored = await readRevision(transaction, state, type);
  const inUse = { active: stored?.revision, generation: stored?.generation, types: state.active.keys() };
  const { outcome, generation = stored?.generation } = decideUpload(upload, inUse, nowMillis);
  if (outcome.kind !== 'activated' && outcome.kind !== 'unchanged') return outcome;
  const { revision } = outcome;
  const path = revisionPath(type, revision.revision);
  const fields = revisionFields({ revision, ...(generation === undefined ? {} : { generation }) });
  if (outcome.kind === 'activated') {
    transaction.create(path, fields);
    replaceState(transaction, { ...state, active: new Map(state.active).set(type, revision.revision) });
  } else if (generation !== stored?.generation) {
    transaction.set(path, fields);
  }
  return outcome;
}

async function publishSdksUpload(
  transaction: DocumentTransaction,
  sdks: JsonObject,
  uploaded: string,
): Promise<SdksOutcome> {
  const state = await readState(transaction);
  const stored = await readSdks(transaction, state);
  const { outcome, generation } = decideSdksUpload(sdks, uploaded, stored);
  if (outcome === 'activated') {
    transaction.create(sdksPath(state.sdks + 1), sdksFields({ sdks, generation: uploaded }));
    replaceState(transaction, { ...state, sdks: state.sdks + 1 });
  } else if (outcome === 'unchanged' && generation !== undefined) {
    // No bindings are equal to empty ones: these then have a document too, or their generation would have no place.
    const number = Math.max(1, state.sdks);
    transaction.set(sdksPath(number), sdksFields({ sdks: stored.sdks, generation }));
    if (state.sdks === 0) transaction.set(statePath, stateFields({ ...state, sdks: number }));
  }
  return outcome;
}

function replaceState(transaction: DocumentTransaction, state: RegistryState): void {
  transaction.set(statePath, stateFields({ ...state, version: state.version + 1 }));
}

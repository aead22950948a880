import type { KeyObject } from 'node:crypto';
import { patientFirestore } from '../../shared/adapters/gcp/firestore-database.ts';
import { importHashKey } from '../../shared/crypto/keyed-hash.ts';
import { isJsonObject } from '../../shared/event/json.ts';
import type { SecretKind } from '../../shared/needs/kind.ts';
import { kinds } from '../../shared/needs/kinds.ts';
import type { SubjectKeyRecords } from '../../shared/ports/subject-key-records.ts';
import { CliError } from './cli-error.ts';

/** What break-glass reads of an environment, with the rights of whoever runs the command. */
export interface BreakGlassKeys {
  readonly projectId: string;
  /** What BigQuery calls the key in Cloud KMS. */
  readonly keyResource: string;
  readonly lookupKey: KeyObject;
  /** Wrapped by that key: it opens nothing here. */
  readonly wrappedMaster: Uint8Array;
  readonly records: Pick<SubjectKeyRecords, 'read'>;
  close(): Promise<void>;
}

export type OpenBreakGlassKeys = (env: string) => Promise<BreakGlassKeys>;

/** Reads two secrets and opens the database of subject keys. Rejects with `CliError` where that is not allowed. */
export async function openBreakGlassKeys(env: string): Promise<BreakGlassKeys> {
  const [{ knownEnvironment }, { cloudNames }, { openFirestore }, { createFirestoreSubjectKeyRecords }] =
    await Promise.all([
      import('../known-environments.ts'),
      import('../cloud-names.ts'),
      import('../../shared/adapters/gcp/firestore-client.ts'),
      import('../../shared/adapters/gcp/subject-key-records.ts'),
    ]);
  const environment = await knownEnvironment(env);
  const { projectId } = environment;
  const [lookupKey, wrappedMaster] = await Promise.all([
    readSecret(projectId, kinds.secrets.lookupKey),
    readSecret(projectId, kinds.secrets.masterKeyset),
  ]);
  const databaseId = kinds.databases.subjectKeys.id;
  const database = openFirestore({ dependency: 'subject-keys', projectId, databaseId, settings: patientFirestore });
  return {
    projectId,
    keyResource: `gcp-kms://${cloudNames(environment).key('master')}`,
    lookupKey: importHashKey(lookupKey),
    wrappedMaster,
    records: createFirestoreSubjectKeyRecords({ database }),
    close: () => database.close(),
  };
}

/** The first version, as functions read it: base64 of what it is ("projects.secrets.versions.access", REST reference). */
async function readSecret(projectId: string, { id }: SecretKind): Promise<Buffer> {
  const { authorizedRequest } = await import('../../shared/adapters/gcp/authorized-request.ts');
  const url = `https://secretmanager.googleapis.com/v1/projects/${projectId}/secrets/${id}/versions/1:access`;
  const answer = await authorizedRequest(['https://www.googleapis.com/auth/cloud-platform'], url).catch(() => null);
  const payload = isJsonObject(answer) ? answer['payload'] : undefined;
  const data = isJsonObject(payload) ? payload['data'] : undefined;
  if (typeof data !== 'string') {
    throw new CliError(`the secret ${id} of ${projectId} cannot be read: members of break-glass may, and nobody else`);
  }
  return Buffer.from(Buffer.from(data, 'base64').toString('utf8'), 'base64');
}

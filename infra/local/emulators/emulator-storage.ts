import type { Warehouse } from '../../../shared/adapters/embedded/duckdb/tables.ts';
import { openEmbeddedReplayMarks } from '../../../shared/adapters/embedded/replay-marks.ts';
import { openEmbeddedSecrets } from '../../../shared/adapters/embedded/secrets.ts';
import { describedDatasets, openEmbeddedBuckets, trustedPushes } from '../../../shared/adapters/embedded/storage.ts';
import { storagePath } from '../../../shared/adapters/embedded/storage-paths.ts';
import { createFirestoreClaimDocuments } from '../../../shared/adapters/gcp/claim-documents.ts';
import { openFirestore } from '../../../shared/adapters/gcp/firestore-client.ts';
import { openTransactionalFirestore } from '../../../shared/adapters/gcp/firestore-transactions.ts';
import { createPubSubPublisher } from '../../../shared/adapters/gcp/publisher.ts';
import { createFirestorePublishingRegistry } from '../../../shared/adapters/gcp/publishing-registry.ts';
import { createFirestoreSubjectKeyRecords } from '../../../shared/adapters/gcp/subject-key-records.ts';
import { createFirestoreWriteKeyRecords } from '../../../shared/adapters/gcp/write-key-records.ts';
import { systemClock } from '../../../shared/adapters/system-clock.ts';
import { systemRandom } from '../../../shared/adapters/system-random.ts';
import { kinds } from '../../../shared/needs/kinds.ts';
import type { Dependency } from '../../../shared/outcome/outcome.ts';
import type { LocalStorage } from '../local-storage.ts';
import { type EmulatorHosts, emulatorProject } from './emulator-environment.ts';

/** What the deployment's own process holds beside the emulators: theirs, and of what has none, files of the data folder. */
export function openEmulatorStorage(
  dataFolder: string,
  hosts: EmulatorHosts,
  warehouse: Warehouse,
): LocalStorage & { close(): Promise<void> } {
  const options = ({ id }: { readonly id: Dependency }) =>
    ({ dependency: id, projectId: emulatorProject, databaseId: id, emulatorHost: hosts.firestore }) as const;
  const open = (kind: { readonly id: Dependency }) => openFirestore(options(kind));
  const { databases } = kinds;
  const registry = openTransactionalFirestore(options(databases.registry));
  const claims = open(databases.claims);
  const subjectKeys = open(databases.subjectKeys);
  const writeKeys = open(databases.writeKeys);
  const publisher = createPubSubPublisher({ projectId: emulatorProject, emulatorHost: hosts.pubsub });
  const replayMarks = openEmbeddedReplayMarks({ path: storagePath(dataFolder, 'replayMarks') });
  return {
    clock: systemClock,
    random: systemRandom,
    projectId: emulatorProject,
    publisher,
    databases: {
      registry: createFirestorePublishingRegistry({ database: registry }),
      claims: createFirestoreClaimDocuments({ database: claims }),
      subjectKeys: createFirestoreSubjectKeyRecords({ database: subjectKeys }),
      writeKeys: createFirestoreWriteKeyRecords({ database: writeKeys }),
    },
    buckets: openEmbeddedBuckets(dataFolder),
    secrets: openEmbeddedSecrets(dataFolder, systemRandom),
    described: describedDatasets(warehouse),
    authenticator: trustedPushes,
    warehouse,
    replayMarks,
    async close() {
      await publisher.close();
      replayMarks.close();
      await Promise.all([registry, claims, subjectKeys, writeKeys].map((database) => database.close()));
    },
  };
}

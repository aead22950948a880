import { makeDuckDbStatements } from '../../../shared/adapters/embedded/duckdb/change-rows.ts';
import type { Warehouse } from '../../../shared/adapters/embedded/duckdb/tables.ts';
import { openEmbeddedSecrets } from '../../../shared/adapters/embedded/secrets.ts';
import {
  describedDatasets,
  openEmbeddedBuckets,
  readRows,
  trustedPushes,
} from '../../../shared/adapters/embedded/storage.ts';
import { createFirestoreClaimDocuments } from '../../../shared/adapters/gcp/claim-documents.ts';
import { createFirestoreErasures } from '../../../shared/adapters/gcp/erasures.ts';
import { openFirestore } from '../../../shared/adapters/gcp/firestore-client.ts';
import { patientFirestore } from '../../../shared/adapters/gcp/firestore-database.ts';
import {
  openTransactionalFirestore,
  patientTransactions,
} from '../../../shared/adapters/gcp/firestore-transactions.ts';
import { createFirestoreLegacyExports } from '../../../shared/adapters/gcp/legacy-exports.ts';
import { createPubSubPublisher, patientPublisher } from '../../../shared/adapters/gcp/publisher.ts';
import { createFirestorePublishingRegistry } from '../../../shared/adapters/gcp/publishing-registry.ts';
import { createFirestoreReplays } from '../../../shared/adapters/gcp/replays.ts';
import { createFirestoreSubjectKeyErasures } from '../../../shared/adapters/gcp/subject-key-erasures.ts';
import { createFirestoreSubjectObjections } from '../../../shared/adapters/gcp/subject-key-objections.ts';
import { createFirestoreSubjectKeyRecords } from '../../../shared/adapters/gcp/subject-key-records.ts';
import { createFirestoreSubjectSources } from '../../../shared/adapters/gcp/subject-sources.ts';
import { createFirestoreSubjectUses } from '../../../shared/adapters/gcp/subject-uses.ts';
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
  const open = (kind: { readonly id: Dependency }) => openFirestore({ ...options(kind), settings: patientFirestore });
  const openTransactional = (kind: { readonly id: Dependency }) =>
    openTransactionalFirestore({ ...options(kind), settings: patientTransactions });
  const { databases } = kinds;
  const registry = openTransactional(databases.registry);
  const replays = openTransactional(databases.replays);
  const erasures = openTransactional(databases.erasures);
  const exports = openTransactional(databases.exports);
  const claims = open(databases.claims);
  const subjectKeys = open(databases.subjectKeys);
  const subjectSources = open(databases.subjectSources);
  const subjectUses = open(databases.subjectUses);
  const writeKeys = open(databases.writeKeys);
  const publisher = createPubSubPublisher({
    projectId: emulatorProject,
    emulatorHost: hosts.pubsub,
    settings: patientPublisher,
  });
  return {
    clock: systemClock,
    random: systemRandom,
    projectId: emulatorProject,
    publisher,
    databases: {
      registry: createFirestorePublishingRegistry({ database: registry }),
      claims: createFirestoreClaimDocuments({ database: claims }),
      subjectKeys: {
        ...createFirestoreSubjectKeyRecords({ database: subjectKeys }),
        ...createFirestoreSubjectKeyErasures({ database: subjectKeys }),
        ...createFirestoreSubjectObjections({ database: subjectKeys }),
      },
      subjectSources: createFirestoreSubjectSources({ database: subjectSources }),
      subjectUses: createFirestoreSubjectUses({ database: subjectUses }),
      writeKeys: createFirestoreWriteKeyRecords({ database: writeKeys }),
      replays: createFirestoreReplays({ database: replays }),
      erasures: createFirestoreErasures({ database: erasures }),
      exports: createFirestoreLegacyExports({ database: exports }),
    },
    buckets: openEmbeddedBuckets(dataFolder),
    secrets: openEmbeddedSecrets(dataFolder, systemRandom),
    described: describedDatasets(warehouse),
    rows: readRows(warehouse),
    statements: makeDuckDbStatements(warehouse),
    authenticator: trustedPushes,
    warehouse,
    async close() {
      await publisher.close();
      await Promise.all(
        [registry, claims, subjectKeys, subjectSources, subjectUses, writeKeys, replays, erasures, exports].map(
          (database) => database.close(),
        ),
      );
    },
  };
}

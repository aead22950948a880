import { join } from 'node:path';
import { openEmbeddedSubjectKeyRecords } from '../../shared/adapters/embedded/subject-key-records.ts';
import { createFirestoreSubjectKeyErasures } from '../../shared/adapters/gcp/subject-key-erasures.ts';
import { createFirestoreSubjectObjections } from '../../shared/adapters/gcp/subject-key-objections.ts';
import { createFirestoreSubjectKeyRecords } from '../../shared/adapters/gcp/subject-key-records.ts';
import { createMemorySubjectKeyRecords } from '../../shared/adapters/memory/subject-key-records.ts';
import { describeOnEmulator } from '../helpers/emulators.ts';
import { inFolder, inMemory } from './contract-adapter.ts';
import { onFirestore } from './firestore-adapter.ts';
import { subjectKeyRecordsContract } from './suites/subject-key-records.ts';

subjectKeyRecordsContract(inMemory(() => createMemorySubjectKeyRecords()));
subjectKeyRecordsContract(
  inFolder(
    (folder) => openEmbeddedSubjectKeyRecords({ path: join(folder, 'keys.db') }),
    (records) => records.close(),
  ),
);

describeOnEmulator('firestore', (host) => {
  subjectKeyRecordsContract(
    onFirestore(host, ({ database }) => ({
      ...createFirestoreSubjectKeyRecords({ database }),
      ...createFirestoreSubjectKeyErasures({ database }),
      ...createFirestoreSubjectObjections({ database }),
    })),
  );
});

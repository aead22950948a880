import { join } from 'node:path';
import { openEmbeddedWriteKeyRecords } from '../../shared/adapters/embedded/write-key-records.ts';
import { createFirestoreWriteKeyRecords } from '../../shared/adapters/gcp/write-key-records.ts';
import { createMemoryWriteKeyRecords } from '../../shared/adapters/memory/write-key-records.ts';
import { describeOnEmulator } from '../helpers/emulators.ts';
import { inFolder, inMemory } from './contract-adapter.ts';
import { onFirestore } from './firestore-adapter.ts';
import { writeKeyRecordsContract } from './suites/write-key-records.ts';

writeKeyRecordsContract(inMemory(() => createMemoryWriteKeyRecords()));
writeKeyRecordsContract(
  inFolder(
    (folder) => openEmbeddedWriteKeyRecords({ path: join(folder, 'write-keys.db') }),
    (records) => records.close(),
  ),
);
describeOnEmulator('firestore', (host) => {
  writeKeyRecordsContract(onFirestore(host, ({ database }) => createFirestoreWriteKeyRecords({ database })));
});

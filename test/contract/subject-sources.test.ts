import { join } from 'node:path';
import { openEmbeddedSubjectSources } from '../../shared/adapters/embedded/subject-sources.ts';
import { createFirestoreSubjectSources } from '../../shared/adapters/gcp/subject-sources.ts';
import { createMemorySubjectSources } from '../../shared/adapters/memory/subject-sources.ts';
import { describeOnEmulator } from '../helpers/emulators.ts';
import { inFolder, inMemory } from './contract-adapter.ts';
import { onFirestore } from './firestore-adapter.ts';
import { subjectSourcesContract } from './suites/subject-sources.ts';

subjectSourcesContract(inMemory(() => createMemorySubjectSources()));
subjectSourcesContract(
  inFolder(
    (folder) => openEmbeddedSubjectSources({ path: join(folder, 'sources.db') }),
    (records) => records.close(),
  ),
);

describeOnEmulator('firestore', (host) => {
  subjectSourcesContract(onFirestore(host, ({ database }) => createFirestoreSubjectSources({ database })));
});

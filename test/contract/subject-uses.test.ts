import { join } from 'node:path';
import { openEmbeddedSubjectUses } from '../../shared/adapters/embedded/subject-uses.ts';
import { createFirestoreSubjectUses } from '../../shared/adapters/gcp/subject-uses.ts';
import { createMemorySubjectUses } from '../../shared/adapters/memory/subject-uses.ts';
import { describeOnEmulator } from '../helpers/emulators.ts';
import { inFolder, inMemory } from './contract-adapter.ts';
import { onFirestore } from './firestore-adapter.ts';
import { subjectUsesContract } from './suites/subject-uses.ts';

subjectUsesContract(inMemory(() => createMemorySubjectUses()));
subjectUsesContract(
  inFolder(
    (folder) => openEmbeddedSubjectUses({ path: join(folder, 'uses.db') }),
    (uses) => uses.close(),
  ),
);

describeOnEmulator('firestore', (host) => {
  subjectUsesContract(onFirestore(host, ({ database }) => createFirestoreSubjectUses({ database })));
});

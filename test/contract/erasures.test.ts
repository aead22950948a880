import { join } from 'node:path';
import { openEmbeddedErasures } from '../../shared/adapters/embedded/erasures.ts';
import { createFirestoreErasures } from '../../shared/adapters/gcp/erasures.ts';
import { createMemoryErasures } from '../../shared/adapters/memory/erasures.ts';
import { describeOnEmulator } from '../helpers/emulators.ts';
import { inFolder, inMemory } from './contract-adapter.ts';
import { onFirestore } from './firestore-adapter.ts';
import { erasuresContract } from './suites/erasures.ts';

erasuresContract(inMemory(() => createMemoryErasures()));
erasuresContract(
  inFolder(
    (folder) => openEmbeddedErasures({ path: join(folder, 'erasures.db') }),
    (erasures) => erasures.close(),
  ),
);

describeOnEmulator('firestore', (host) => {
  erasuresContract(onFirestore(host, ({ transactional }) => createFirestoreErasures({ database: transactional })));
});

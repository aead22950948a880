import { join } from 'node:path';
import { openEmbeddedReplays } from '../../shared/adapters/embedded/replays.ts';
import { createFirestoreReplays } from '../../shared/adapters/gcp/replays.ts';
import { createMemoryReplays } from '../../shared/adapters/memory/replays.ts';
import { describeOnEmulator } from '../helpers/emulators.ts';
import { inFolder, inMemory } from './contract-adapter.ts';
import { onFirestore } from './firestore-adapter.ts';
import { replaysContract } from './suites/replays.ts';

replaysContract(inMemory(() => createMemoryReplays()));
replaysContract(
  inFolder(
    (folder) => openEmbeddedReplays({ path: join(folder, 'replays.db') }),
    (replays) => replays.close(),
  ),
);

describeOnEmulator('firestore', (host) => {
  replaysContract(onFirestore(host, ({ transactional }) => createFirestoreReplays({ database: transactional })));
});

import { join } from 'node:path';
import { openEmbeddedRegistry } from '../../shared/adapters/embedded/registry.ts';
import { createFirestoreRegistry } from '../../shared/adapters/gcp/registry.ts';
import { createMemoryRegistry } from '../../shared/adapters/memory/registry.ts';
import { describeOnEmulator } from '../helpers/emulators.ts';
import { inFolder, inMemory } from './contract-adapter.ts';
import { onFirestore } from './firestore-adapter.ts';
import { registryContract } from './suites/registry.ts';

registryContract(inMemory(() => createMemoryRegistry()));
registryContract(
  inFolder(
    (folder) => openEmbeddedRegistry({ path: join(folder, 'registry.db') }),
    (registry) => registry.close(),
  ),
);

describeOnEmulator('firestore', (host) => {
  registryContract(onFirestore(host, (database) => createFirestoreRegistry({ database })));
});

import { join } from 'node:path';
import { openEmbeddedRegistry } from '../../shared/adapters/embedded/registry.ts';
import { createFirestoreRegistry } from '../../shared/adapters/gcp/registry.ts';
import { createMemoryRegistry } from '../../shared/adapters/memory/registry.ts';
import { describeOnEmulator } from '../helpers/emulators.ts';
import { inFolder, inMemory } from './contract-adapter.ts';
import { onFirestore } from './firestore-adapter.ts';
import { publicationsContract } from './suites/publications.ts';
import { registryContract } from './suites/registry.ts';

for (const contract of [registryContract, publicationsContract]) {
  contract(inMemory(() => createMemoryRegistry()));
  contract(
    inFolder(
      (folder) => openEmbeddedRegistry({ path: join(folder, 'registry.db') }),
      (registry) => registry.close(),
    ),
  );
}

describeOnEmulator('firestore', (host) => {
  for (const contract of [registryContract, publicationsContract]) {
    contract(onFirestore(host, (database) => createFirestoreRegistry({ database })));
  }
});

import { join } from 'node:path';
import { openEmbeddedLegacyExports } from '../../shared/adapters/embedded/legacy-exports.ts';
import { createFirestoreLegacyExports } from '../../shared/adapters/gcp/legacy-exports.ts';
import { createMemoryLegacyExports } from '../../shared/adapters/memory/legacy-exports.ts';
import { describeOnEmulator } from '../helpers/emulators.ts';
import { inFolder, inMemory } from './contract-adapter.ts';
import { onFirestore } from './firestore-adapter.ts';
import { legacyExportsContract } from './suites/legacy-exports.ts';

legacyExportsContract(inMemory(() => createMemoryLegacyExports()));
legacyExportsContract(
  inFolder(
    (folder) => openEmbeddedLegacyExports({ path: join(folder, 'exports.db') }),
    (exports) => exports.close(),
  ),
);

describeOnEmulator('firestore', (host) => {
  legacyExportsContract(
    onFirestore(host, ({ transactional }) => createFirestoreLegacyExports({ database: transactional })),
  );
});

import { join } from 'node:path';
import { openEmbeddedRegistry } from '../../shared/adapters/embedded/registry.ts';
import { createMemoryRegistry } from '../../shared/adapters/memory/registry.ts';
import { inFolder, inMemory } from './contract-adapter.ts';
import { registryContract } from './suites/registry.ts';

registryContract(inMemory(() => createMemoryRegistry()));
registryContract(
  inFolder(
    (folder) => openEmbeddedRegistry({ path: join(folder, 'registry.db') }),
    (registry) => registry.close(),
  ),
);

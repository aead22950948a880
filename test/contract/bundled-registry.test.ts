import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleFunctions } from '../../infra/bundle/build.ts';
import { patientTransactions } from '../../shared/adapters/gcp/firestore-transactions.ts';
import type { PublishingRegistry } from '../../shared/ports/publications.ts';
import type * as Bundled from '../helpers/bundled-registry.ts';
import { describeOnEmulator, newProject } from '../helpers/emulators.ts';
import { makeScratchFolder } from '../helpers/local-process.ts';
import type { ContractAdapter } from './contract-adapter.ts';
import { publicationsContract } from './suites/publications.ts';

// A bundle leaves parts of the client out (`infra/bundle/stand-ins.ts`): what is left has to keep the contract.

const scratch = makeScratchFolder();
let bundled: typeof Bundled;

beforeAll(async () => {
  const entryPoint = 'test/helpers/bundled-registry.ts';
  await bundleFunctions([{ name: 'bundled-registry', entryPoint }], scratch.path);
  bundled = createRequire(import.meta.url)(join(scratch.path, 'bundled-registry', 'function.js'));
});
afterAll(() => scratch.remove());

test('the bundle is a module of its own', async () => {
  const { openTransactionalFirestore } = await import('../helpers/bundled-registry.ts');
  expect(bundled.openTransactionalFirestore).not.toBe(openTransactionalFirestore);
});

describeOnEmulator('firestore', (host) => {
  const adapter: ContractAdapter<PublishingRegistry> = {
    name: 'Firestore, bundled',
    survivesRestart: true,
    async open() {
      const options = {
        dependency: 'registry' as const,
        projectId: newProject(),
        databaseId: '(default)',
        emulatorHost: host(),
        settings: patientTransactions,
      };
      let database = bundled.openTransactionalFirestore(options);
      const create = () => bundled.createFirestorePublishingRegistry({ database });
      return {
        port: create(),
        async reopen() {
          await database.close();
          database = bundled.openTransactionalFirestore(options);
          return create();
        },
        close: () => database.close(),
      };
    },
  };
  publicationsContract(adapter);
});

import { openFirestore } from '../../shared/adapters/gcp/firestore-client.ts';
import type { FirestoreDatabase } from '../../shared/adapters/gcp/firestore-database.ts';
import { newProject } from '../helpers/emulators.ts';
import type { ContractAdapter } from './contract-adapter.ts';

/** An adapter on Google's Firestore emulator, in a project of its own for each test. */
export function onFirestore<Port>(
  host: () => string,
  create: (database: FirestoreDatabase) => Port,
): ContractAdapter<Port> {
  return {
    name: 'Firestore',
    survivesRestart: true,
    async open() {
      const projectId = newProject();
      const connect = () =>
        openFirestore({ dependency: 'registry', projectId, databaseId: '(default)', emulatorHost: host() });
      let database = connect();
      return {
        port: create(database),
        async reopen() {
          await database.close();
          database = connect();
          return create(database);
        },
        close: () => database.close(),
      };
    },
  };
}

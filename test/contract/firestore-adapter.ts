import { openFirestore } from '../../shared/adapters/gcp/firestore-client.ts';
import { type FirestoreDatabase, patientFirestore } from '../../shared/adapters/gcp/firestore-database.ts';
import {
  openTransactionalFirestore,
  patientTransactions,
  type TransactionalDatabase,
} from '../../shared/adapters/gcp/firestore-transactions.ts';
import { newProject } from '../helpers/emulators.ts';
import type { ContractAdapter } from './contract-adapter.ts';

/** The same database through the generated client, and through the one that has transactions. */
export interface FirestoreDatabases {
  readonly database: FirestoreDatabase;
  readonly transactional: TransactionalDatabase;
}

/** An adapter on Google's Firestore emulator, in a project of its own for each test. */
export function onFirestore<Port>(
  host: () => string,
  create: (databases: FirestoreDatabases) => Port,
  name = 'Firestore',
): ContractAdapter<Port> {
  return {
    name,
    survivesRestart: true,
    async open() {
      const connect = connecting(host());
      let databases = connect();
      return {
        port: create(databases),
        async reopen() {
          await close(databases);
          databases = connect();
          return create(databases);
        },
        close: () => close(databases),
      };
    },
  };
}

/** How to connect to a new project on the emulator, as often as a test wants to. */
export function connecting(emulatorHost: string): () => FirestoreDatabases {
  const options = { dependency: 'registry' as const, projectId: newProject(), databaseId: '(default)', emulatorHost };
  return () => ({
    database: openFirestore({ ...options, settings: patientFirestore }),
    transactional: openTransactionalFirestore({ ...options, settings: patientTransactions }),
  });
}

/** Closes both connections, as far as they were used. */
export async function close({ database, transactional }: FirestoreDatabases): Promise<void> {
  await Promise.all([database.close(), transactional.close()]);
}

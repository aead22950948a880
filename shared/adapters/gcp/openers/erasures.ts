import { kinds } from '../../../needs/kinds.ts';
import type { Erasures } from '../../../ports/erasures.ts';
import { createFirestoreErasures } from '../erasures.ts';
import { openTransactionalFirestore } from '../firestore-transactions.ts';
import { databaseOptions, type Environment } from './environment.ts';

export function openErasures(environment: Environment): Erasures {
  const database = openTransactionalFirestore(databaseOptions(environment, kinds.databases.erasures));
  return createFirestoreErasures({ database });
}

import { kinds } from '../../../needs/kinds.ts';
import type { Replays } from '../../../ports/replays.ts';
import { openTransactionalFirestore } from '../firestore-transactions.ts';
import { createFirestoreReplays } from '../replays.ts';
import { databaseOptions, type Environment } from './environment.ts';

export function openReplays(environment: Environment): Replays {
  const database = openTransactionalFirestore(databaseOptions(environment, kinds.databases.replays));
  return createFirestoreReplays({ database });
}

import { kinds } from '../../../needs/kinds.ts';
import type { LegacyExports } from '../../../ports/legacy-exports.ts';
import { openTransactionalFirestore } from '../firestore-transactions.ts';
import { createFirestoreLegacyExports } from '../legacy-exports.ts';
import { databaseOptions, type Environment } from './environment.ts';

export function openLegacyExports(environment: Environment): LegacyExports {
  const database = openTransactionalFirestore(databaseOptions(environment, kinds.databases.exports));
  return createFirestoreLegacyExports({ database });
}

import { kinds } from '../../../needs/kinds.ts';
import type { WriteKeyRecords } from '../../../ports/write-key-records.ts';
import { createFirestoreWriteKeyRecords } from '../write-key-records.ts';
import { databaseOf } from './database.ts';
import type { Environment } from './environment.ts';

export function openWriteKeys(environment: Environment): WriteKeyRecords {
  return createFirestoreWriteKeyRecords({ database: databaseOf(environment, kinds.databases.writeKeys) });
}

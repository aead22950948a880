import { kinds } from '../../../needs/kinds.ts';
import type { SubjectKeyRecords } from '../../../ports/subject-key-records.ts';
import { createFirestoreSubjectKeyRecords } from '../subject-key-records.ts';
import { databaseOf } from './database.ts';
import type { Environment } from './environment.ts';

export function openSubjectKeys(environment: Environment): SubjectKeyRecords {
  return createFirestoreSubjectKeyRecords({ database: databaseOf(environment, kinds.databases.subjectKeys) });
}

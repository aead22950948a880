import { kinds } from '../../../needs/kinds.ts';
import type { SubjectKeyErasures } from '../../../ports/subject-key-records.ts';
import { createFirestoreSubjectKeyErasures } from '../subject-key-erasures.ts';
import { databaseOf } from './database.ts';
import type { Environment } from './environment.ts';

export function openSubjectKeyErasures(environment: Environment): SubjectKeyErasures {
  return createFirestoreSubjectKeyErasures({ database: databaseOf(environment, kinds.databases.subjectKeys) });
}

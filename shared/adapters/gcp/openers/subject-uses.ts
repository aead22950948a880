import { kinds } from '../../../needs/kinds.ts';
import type { SubjectUseRecords, SubjectUses } from '../../../ports/subject-uses.ts';
import { createFirestoreSubjectUses } from '../subject-uses.ts';
import { databaseOf } from './database.ts';
import type { Environment } from './environment.ts';

export function openSubjectUses(environment: Environment): SubjectUses & SubjectUseRecords {
  return createFirestoreSubjectUses({ database: databaseOf(environment, kinds.databases.subjectUses) });
}

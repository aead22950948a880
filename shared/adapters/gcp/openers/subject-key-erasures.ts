import { kinds } from '../../../needs/kinds.ts';
import type { SubjectKeyErasures, SubjectObjections } from '../../../ports/subject-key-records.ts';
import { createFirestoreSubjectKeyErasures } from '../subject-key-erasures.ts';
import { createFirestoreSubjectObjections } from '../subject-key-objections.ts';
import { databaseOf } from './database.ts';
import type { Environment } from './environment.ts';

export function openSubjectKeyErasures(environment: Environment): SubjectKeyErasures & SubjectObjections {
  const database = databaseOf(environment, kinds.databases.subjectKeys);
  return { ...createFirestoreSubjectKeyErasures({ database }), ...createFirestoreSubjectObjections({ database }) };
}
